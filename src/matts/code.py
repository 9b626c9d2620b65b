"""Which code a figure came from, and which a model needs.

A digest leaves comments, formatting and docstrings alone.
"""

import ast
import shutil
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

ROOT = "matts"


@cache
def code_of(*modules: str) -> str:
    """The digest of modules and of all modules of matts that they import, wherever they do.

    >>> code_of("matts.domain") == code_of("matts.domain", "matts.domain")
    True
    """
    digest = sha256()
    for name in sorted(needed_by(*modules)):
        digest.update(f"{name}\n{_bare(name)}\n".encode())
    return digest.hexdigest()


@cache
def code_alone(module: str) -> str:
    """The digest of one module without what it imports."""
    return sha256(_bare(module).encode()).hexdigest()


def needed_by(*modules: str) -> set[str]:
    """Modules, and those of matts that they need.

    >>> sorted(needed_by("matts.evaluate.runs"))
    ['matts.domain', 'matts.evaluate.runs']
    """
    found: set[str] = set()
    waiting = [*modules]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(ast.parse(_text(name)))
    return found


def copy_needed(folder: Path, *modules: str) -> Path:
    """Copy matts into a folder, as far as these modules need it: the package there.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as scratch:
    ...     package = copy_needed(Path(scratch), "matts.domain")
    ...     sorted(path.name for path in package.iterdir())
    ['__init__.py', 'domain.py']
    """
    for name in _importable(modules):
        source = _path(name)
        inner = name.split(".") if source.stem == "__init__" else name.split(".")[:-1]
        place = folder.joinpath(*inner, source.name)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
    return folder / ROOT


@cache
def _importable(modules: tuple[str, ...]) -> frozenset[str]:
    """What these modules need, and the packages that are imported on the way to it."""
    found: set[str] = set()
    waiting = {*modules}
    while waiting:
        found |= needed_by(*waiting)
        waiting = {name.rpartition(".")[0] for name in found if "." in name} - found
    return frozenset(found)


def _imports(tree: ast.AST) -> Iterator[str]:
    """The modules of matts that a module imports, at its top or in a function.

    A name in a package is a module of it or what its `__init__` gives.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.split(".")[0] == ROOT)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == ROOT:
            package = str(node.module)
            for each in node.names:
                inner = f"{package}.{each.name}"
                yield inner if _is_module(inner) else package


@cache
def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # its parent is no package
        return False


@cache
def _text(name: str) -> str:
    return _path(name).read_text(encoding="utf-8")


def _path(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        msg = f"there is no module {name}"
        raise ModuleNotFoundError(msg)
    return Path(spec.origin)


def _bare(name: str) -> str:
    """What a module does, without what it says."""
    tree = ast.parse(_text(name))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            node.body = body[1:] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
