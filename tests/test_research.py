"""The notebook runs as it stands, from its own directory, and draws what it says."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "examples/research.ipynb"


def test_the_notebook_runs_on_the_recording_and_draws_pressure_cost_and_flow():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells), "it is kept without outputs"
    NotebookClient(notebook, timeout=100, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    outputs = [output for cell in cells for output in cell.outputs]
    assert not [output.text for output in outputs if output.output_type == "stream"], "it warns of nothing"
    assert sum("image/png" in output.data for output in outputs) == 3
    flow = outputs[-1].data["text/html"] if "text/html" in outputs[-1].data else outputs[-2].data["text/html"]
    assert "the same second" in flow


def test_what_several_requirements_name_they_name_in_one_version():
    pins: dict[str, set[str]] = {}
    for path in ROOT.glob("requirements*.txt"):
        for line in path.read_text().splitlines():
            name, is_pin, version = line.partition("#")[0].strip().partition("==")
            if is_pin:
                pins.setdefault(name.lower(), set()).add(version)
    assert not {name: versions for name, versions in pins.items() if len(versions) > 1}
