//! In and out of Python: the README's own lines, run by a real interpreter with PyTorch, scikit-learn,
//! Keras, numpy, pandas and safetensors.
//!
//! The interpreter is the one that the environment variable `PYTHON` names: CI makes one, and what
//! it lacks is a failure. Without the variable it is `python3`, and where that lacks something the
//! tests say so and pass.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Points, and the loss of a network under masks as PyTorch computes it in float64.
const HELPERS: &str = r#"
import numpy, pandas, torch
from torch import nn

torch.manual_seed(1)

def points(inputs, classes):
    rng = numpy.random.default_rng(1)
    return rng.uniform(-1, 1, (300, inputs)), rng.integers(0, classes, 300)

def loss(model, x, y, mask):
    h, used = torch.tensor(x), 0
    linear = [m.double() for m in model.modules() if isinstance(m, nn.Linear)]
    for layer in linear[:-1]:
        h = torch.relu(layer(h)) * mask[used : used + layer.out_features]
        used += layer.out_features
    return nn.functional.cross_entropy(linear[-1](h), torch.tensor(y))

def bits(mask, n):
    return torch.tensor([float(mask >> i & 1) for i in range(n)], dtype=torch.float64)

def compare(losses, model, x, y, n):
    assert losses.dtype == numpy.float64 and losses.shape == (2**n,), (losses.dtype, losses.shape)
    for mask in [0, 1, 2, 5, 2**n // 3, 2**n // 2, 2**n - 2, 2**n - 1]:
        own = loss(model, x, y, bits(mask, n)).item()
        assert abs(losses[mask] - own) < 1e-12, (mask, losses[mask], own)
"#;

/// Keras computes by the PyTorch that is there.
const KERAS: (&str, &str) = ("KERAS_BACKEND", "torch");

/// The interpreter, if it is there and has what the README's lines need.
fn interpreter() -> Option<String> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let needed = "import keras, numpy, pandas, safetensors.torch, sklearn, torch";
    let why = match Command::new(&python).args(["-c", needed]).env(KERAS.0, KERAS.1).output() {
        Ok(output) if output.status.success() => return Some(python),
        Ok(output) => {
            String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned()
        }
        Err(error) => error.to_string(),
    };
    assert!(std::env::var_os("PYTHON").is_none(), "{python} cannot run the README's lines: {why}");
    // Not eprintln: the test harness would swallow it.
    let message = format!(
        "skipped: nothing checked against PyTorch, as {python} is not there or lacks keras, numpy, \
         pandas, safetensors, scikit-learn or torch ({why}); name another interpreter with PYTHON=…\n"
    );
    std::io::stderr().write_all(message.as_bytes()).unwrap();
    None
}

/// The README's Python, block by block: what saves a network and points, and what opens a network
/// and records.
fn readme() -> [String; 2] {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    blocks(&fs::read_to_string(path).unwrap())
        .try_into()
        .expect("the README has two blocks of Python")
}

/// The recipes of the library's README: for scikit-learn, for Keras, and for the units before any
/// network's last layer.
fn recipes() -> [String; 3] {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/hypercube/README.md");
    blocks(&fs::read_to_string(path).unwrap()).try_into().expect("there are three blocks of Python")
}

/// A text's blocks of Python.
fn blocks(text: &str) -> Vec<String> {
    let blocks = text.split("```python\n").skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

fn assert_success(what: &str, output: &Output) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{what}\n{stderr}");
}

fn python(interpreter: &str, folder: &Path, script: &str) {
    let script = format!("{HELPERS}\n{script}");
    let output = Command::new(interpreter)
        .args(["-c", &script])
        .env(KERAS.0, KERAS.1)
        .current_dir(folder)
        .output()
        .unwrap();
    assert_success(&script, &output);
}

fn experiments(folder: &Path, arguments: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_experiments"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    assert_success(arguments, &output);
}

#[test]
fn what_the_readme_saves_is_read_and_gives_pytorchs_losses() {
    let Some(interpreter) = interpreter() else { return };
    let folder = TempDir::new().unwrap();
    let [save, _] = readme();
    python(&interpreter, folder.path(), &format!("x, y = points(2, 2)\n{save}\n"));
    let own = "--model my.safetensors --points my.csv --quick --out results --quiet";
    experiments(folder.path(), &format!("hypercube {own}"));
    experiments(folder.path(), &format!("flip-paths {own}"));
    let check = r#"
x, y = points(2, 2)
compare(numpy.load("results/hypercube/losses.npy"), model, x, y, 20)
log_losses = numpy.load("results/flip-paths/log_losses.npy")
assert log_losses.dtype == numpy.float64 and log_losses.shape[1] == 21, log_losses.shape
losses = numpy.load("results/hypercube/losses.npy")
# A path's two ends are a mask and its reversal, so every sampled value is one of the table.
table = numpy.sort(numpy.log(losses))
near = numpy.clip(numpy.searchsorted(table, log_losses), 1, len(table) - 1)
miss = numpy.minimum(abs(table[near] - log_losses), abs(table[near - 1] - log_losses))
assert miss.max() < 1e-4, miss.max()
"#;
    // The same seed makes the same network again.
    python(&interpreter, folder.path(), &format!("x, y = points(2, 2)\n{save}\n{check}"));
}

#[test]
fn a_module_of_other_layers_is_read_and_gives_pytorchs_losses_and_gradients() {
    let Some(interpreter) = interpreter() else { return };
    let folder = TempDir::new().unwrap();
    let model = r#"
from safetensors.torch import save_file
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Flatten(), nn.Linear(5, 6), nn.ReLU(), nn.Dropout(0.1), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 3)
        )
model = Model().double()
x, y = points(5, 3)
"#;
    let save = r#"
save_file(model.state_dict(), "m.safetensors")
numpy.savetxt("m.csv", numpy.c_[x, y], delimiter=",", header="x0,x1,x2,x3,x4,label", comments="")
"#;
    python(&interpreter, folder.path(), &format!("{model}{save}"));
    let own = "--model m.safetensors --points m.csv --gradients --quick --out results --quiet";
    experiments(folder.path(), &format!("hypercube {own}"));
    let check = r#"
compare(numpy.load("results/hypercube/losses.npy"), model, x, y, 10)
gradients = numpy.load("results/hypercube/gradients.npy")
assert gradients.dtype == numpy.float32 and gradients.shape == (1024, 10), gradients.shape
for mask in [0, 3, 500, 1023]:
    gates = bits(mask, 10).requires_grad_()
    loss(model, x, y, gates).backward()
    assert numpy.abs(gradients[mask] - gates.grad.numpy()).max() < 1e-5, mask
"#;
    python(&interpreter, folder.path(), &format!("{model}{check}"));
}

#[test]
fn what_is_written_here_opens_in_pytorch_pandas_and_numpy() {
    let Some(interpreter) = interpreter() else { return };
    let folder = TempDir::new().unwrap();
    let [save, open] = readme();
    python(&interpreter, folder.path(), &format!("x, y = points(2, 2)\n{save}"));
    experiments(folder.path(), "train --steps 20 --quiet");
    experiments(folder.path(), "hypercube --points my.csv --quick --out results --quiet");
    let check = r#"
saved = load_file("results/train/model.safetensors")
loaded = model.state_dict()
assert list(sorted(saved)) == list(sorted(loaded))
assert all(torch.equal(saved[k], loaded[k]) and saved[k].dtype == torch.float32 for k in saved)

x, y = points(2, 2)
compare(losses, model, x, y, 20)
assert list(nodes.node) == list(range(20))
tables = {
    "spectrum": ("degree,loss_weight,log_loss_weight", 21),
    "flip_covariance": ("flips,loss_covariance,log_loss_covariance", 21),
    "nodes": ("node,layer,loss_shapley,loss_banzhaf,log_loss_shapley,log_loss_banzhaf", 20),
    "best_masks": ("size,mask,loss", 21),
}
for name, (columns, rows) in tables.items():
    table = pandas.read_csv(f"results/hypercube/{name}.csv")
    assert ",".join(table.columns) == columns and len(table) == rows, (name, table)
    for column, dtype in table.dtypes.items():
        whole = column in ["degree", "flips", "node", "layer", "size", "mask"]
        assert dtype == ("int64" if whole else "float64"), (name, column, dtype)
    array = numpy.genfromtxt(f"results/hypercube/{name}.csv", delimiter=",", names=True)
    assert ",".join(array.dtype.names) == columns and array.shape == (rows,), (name, array)
best = pandas.read_csv("results/hypercube/best_masks.csv")
assert (losses[best["mask"]] == best["loss"]).all()
"#;
    python(&interpreter, folder.path(), &format!("{open}\n{check}"));
}

/// A network that PyTorch has trained, with 256 units before its last layer: the averages of these are
/// those that PyTorch finds.
#[test]
fn the_units_of_a_trained_network_have_exact_values() {
    let Some(interpreter) = interpreter() else { return };
    let folder = TempDir::new().unwrap();
    let [_, _, save] = recipes();
    let script = r#"
x, y = points(2, 2)
y = (x[:, 0] ** 2 + x[:, 1] ** 2 > 0.6).astype(int)
inputs, labels = torch.tensor(x, dtype=torch.float32), torch.tensor(y)
body = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 256), nn.ReLU())
head = nn.Linear(256, 2)
optimiser = torch.optim.Adam([*body.parameters(), *head.parameters()], lr=1e-3)
for step in range(300):
    loss = nn.functional.cross_entropy(head(body(inputs)), labels)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
assert loss < 0.2, loss
h = body(inputs)
"#;
    let check = r#"
def under(masks):
    with torch.no_grad():
        logits = torch.einsum("kn,mn,cn->kmc", masks, h.double(), head.weight.double()) + head.bias.double()
        return nn.functional.cross_entropy(
            logits.flatten(0, 1), labels.repeat(len(masks)), reduction="none"
        ).reshape(len(masks), -1).mean(1)

ends = under(torch.tensor([[0.0] * 256, [1.0] * 256], dtype=torch.float64))
nodes = pandas.read_csv("head/averages/nodes.csv")
assert len(nodes) == 256
efficiency = nodes.loss_shapley.sum() - (ends[1] - ends[0]).item()
assert abs(efficiency) < 1e-10, efficiency
curve = pandas.read_csv("head/averages/mean_curve.csv").set_index("p").loss
for p in [0.25, 0.5, 0.75]:
    sample = under((torch.rand(1000, 256, dtype=torch.float64) < p).double())
    apart = (curve[p] - sample.mean().item()) / (sample.std().item() / 1000**0.5)
    assert abs(apart) < 5, (p, apart)
# A node's Banzhaf value, from pairs of masks that differ in it alone.
node = int(nodes.loss_banzhaf.abs().idxmax())
masks = (torch.rand(1000, 256) < 0.5).double()
on, off = masks.clone(), masks.clone()
on[:, node], off[:, node] = 1, 0
effects = under(on) - under(off)
apart = (nodes.loss_banzhaf[node] - effects.mean().item()) / (effects.std().item() / 1000**0.5)
assert abs(apart) < 5, apart
"#;
    python(&interpreter, folder.path(), &format!("{script}\n{save}"));
    experiments(
        folder.path(),
        "averages --model head.safetensors --points head.csv --out head --quiet",
    );
    // The same seed makes the same network again.
    python(&interpreter, folder.path(), &format!("{script}\n{check}"));
}

/// Losses under masks by numpy in float64, from the probabilities that a library itself gives for the
/// full network, and from its layers with rows of zeros for removed nodes.
const LAYERS: &str = r#"
ACTIVATIONS = {
    "relu": lambda z: numpy.maximum(z, 0),
    "tanh": numpy.tanh,
    "sigmoid": lambda z: 1 / (1 + numpy.exp(-z)),
    "gelu": lambda z: z * torch.special.ndtr(torch.tensor(z)).numpy(),
}

def layers_loss(layers, activation, x, y, mask):
    h, used = x, 0
    for weight, bias in layers[:-1]:
        width = len(bias)
        on = numpy.array([mask >> (used + i) & 1 for i in range(width)])
        h, used = ACTIVATIONS[activation](h @ weight + bias) * on, used + width
    z = h @ layers[-1][0] + layers[-1][1]
    if z.shape[1] == 1:
        z = numpy.concatenate([numpy.zeros_like(z), z], axis=1)
    return (torch.logsumexp(torch.tensor(z), 1).numpy() - z[numpy.arange(len(y)), y]).mean()

def compare_layers(losses, layers, activation, x, y, own):
    n = int(numpy.log2(len(losses)))
    for mask in [0, 1, 2, 5, 2**n // 3, 2**n // 2, 2**n - 2, 2**n - 1]:
        expected = layers_loss(layers, activation, x, y, mask)
        assert abs(losses[mask] - expected) < 1e-12, (mask, losses[mask], expected)
    # The library's own loss of the full network, in its own precision.
    assert abs(losses[-1] - own) < 1e-5, (losses[-1], own)

def save_points(x, y):
    pandas.DataFrame(x).add_prefix("x").assign(label=y).to_csv("my.csv", index=False)
"#;

const OWN: &str = "--model my.safetensors --points my.csv --quick --out results --quiet";

#[test]
fn what_scikit_learn_trains_is_read_and_gives_its_losses() {
    let Some(interpreter) = interpreter() else { return };
    let [save, _, _] = recipes();
    for (classes, activation, hidden) in
        [(2, "relu", "7"), (3, "tanh", "5, 4"), (2, "logistic", "6")]
    {
        let folder = TempDir::new().unwrap();
        let train = format!(
            r#"
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
x, y = points(3, {classes})
clf = MLPClassifier([{hidden}], activation="{activation}", max_iter=20, random_state=1).fit(x, y)
"#
        );
        let train = format!("{LAYERS}\n{train}\n{save}");
        python(&interpreter, folder.path(), &format!("{train}\nsave_points(x, y)"));
        experiments(folder.path(), &format!("hypercube {OWN}"));
        let check = r#"
losses = numpy.load("results/hypercube/losses.npy")
own = log_loss(y, clf.predict_proba(x))
compare_layers(losses, list(zip(clf.coefs_, clf.intercepts_)), activation, x, y, own)
"#;
        python(&interpreter, folder.path(), &format!("{train}\n{check}"));
    }
}

#[test]
fn what_keras_trains_is_read_and_gives_its_losses() {
    let Some(interpreter) = interpreter() else { return };
    let [_, save, _] = recipes();
    for (classes, activation, last, loss) in [
        (3, "relu", "3, activation='softmax'", "sparse_categorical_crossentropy"),
        (2, "gelu", "1, activation='sigmoid'", "binary_crossentropy"),
    ] {
        let folder = TempDir::new().unwrap();
        let train = format!(
            r#"
import keras
keras.utils.set_random_seed(1)
x, y = points(3, {classes})
model = keras.Sequential([keras.layers.Dense(6, "{activation}"), keras.layers.Dense({last})])
model.compile("adam", "{loss}")
model.fit(x, y, epochs=3, verbose=0)
"#
        );
        let train = format!("{LAYERS}\n{train}\n{save}");
        python(&interpreter, folder.path(), &format!("{train}\nsave_points(x, y)"));
        experiments(folder.path(), &format!("hypercube {OWN}"));
        let check = r#"
losses = numpy.load("results/hypercube/losses.npy")
layers = [[numpy.float64(values) for values in layer.get_weights()] for layer in dense]
own = float(model.evaluate(x, y, verbose=0))
compare_layers(losses, layers, dense[0].activation.__name__, x, y, own)
"#;
        python(&interpreter, folder.path(), &format!("{train}\n{check}"));
    }
}

/// Ways in which networks are saved that are not a Sequential of float32.
#[test]
fn other_ways_of_saving_give_pytorchs_losses() {
    let Some(interpreter) = interpreter() else { return };
    let folder = TempDir::new().unwrap();
    let ways = r#"
from safetensors.torch import save_file, save_model
def mlp(**kwargs):
    return nn.Sequential(nn.Linear(3, 5, **kwargs), nn.ReLU(), nn.Linear(5, 4, **kwargs), nn.ReLU(), nn.Linear(4, 2, **kwargs))

class Named(nn.Module):
    def __init__(self, names):
        super().__init__()
        for name, layer in zip(names, [m for m in mlp() if isinstance(m, nn.Linear)]):
            self.add_module(name, layer)
class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(m for m in mlp() if isinstance(m, nn.Linear))

def single():
    model = mlp()
    model[4] = nn.Linear(4, 1)
    return model
def tied():
    a, b = nn.Linear(3, 3), nn.Linear(3, 2)
    return nn.Sequential(a, nn.ReLU(), a, nn.ReLU(), b)
def blocks():
    return nn.Sequential(
        nn.Sequential(nn.Linear(3, 5), nn.ReLU()), nn.Sequential(nn.Linear(5, 4), nn.ReLU()), nn.Linear(4, 2)
    )
ways = {
    "fc": Named(["fc1", "fc2", "fc3"]),
    "words": Named(["input", "hidden", "out"]),
    "list": Listed(),
    "blocks": blocks(),
    "nobias": mlp(bias=False),
    "half": mlp().half(),
    "bfloat": mlp().bfloat16(),
    "double": mlp().double(),
    "compiled": torch.compile(mlp()),
    "parallel": nn.DataParallel(mlp()),
    "single": single(),
    "tied": tied(),
}
x, y = points(3, 2)
"#;
    let save = r#"
pandas.DataFrame(x).add_prefix("x").assign(label=y).to_csv("my.csv", index=False)
for name, model in ways.items():
    # save_model keeps one copy of tied tensors, and names the other in the metadata.
    (save_model if name == "tied" else lambda m, f: save_file(m.state_dict(), f))(model, f"{name}.safetensors")
print(" ".join(ways))
"#;
    python(&interpreter, folder.path(), &format!("{ways}\n{save}"));
    let names = "fc words list blocks nobias half bfloat double compiled parallel single tied";
    for name in names.split(' ') {
        experiments(
            folder.path(),
            &format!(
                "hypercube --model {name}.safetensors --points my.csv --quick --out {name} --quiet"
            ),
        );
    }
    let check = r#"
def zero_and(layer):
    both = nn.Linear(layer.in_features, 2).double()
    with torch.no_grad():
        both.weight[:] = torch.cat([torch.zeros_like(layer.weight), layer.weight])
        both.bias[:] = torch.cat([torch.zeros_like(layer.bias), layer.bias])
    return both
for name, model in ways.items():
    if name == "single":
        model[4] = zero_and(model[4])
    if name == "tied":
        model = nn.Sequential(model[0], model[1], nn.Linear(3, 3), model[3], model[4])
        model[2].load_state_dict(model[0].state_dict())
    n = 6 if name == "tied" else 9
    compare(numpy.load(f"{name}/hypercube/losses.npy"), model, x, y, n)
"#;
    python(&interpreter, folder.path(), &format!("{ways}\n{check}"));
}
