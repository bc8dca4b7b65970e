"""Packs scikit-learn's copy of the digits into `digits.bin`, as README.md beside it describes."""

from pathlib import Path

from sklearn.datasets import load_digits

digits = load_digits()
packed = bytearray()
for pixels, label in zip(digits.data.astype(int), digits.target):
    bits = sum(int(value) << (5 * k) for k, value in enumerate(pixels))
    packed += bits.to_bytes(40, "little") + bytes([label])
Path(__file__).with_name("digits.bin").write_bytes(packed)
