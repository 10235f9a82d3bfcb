// Compiles the package for the page's Python, so that a page need not: `node bytecode.mjs`, into actorweb/web/bytecode/.
// Each file carries the hash of its source; the page compiles anew what was changed since (PEP 552, checked hashes).
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const { loadPyodide } = await import(path.join(folder, "..", "node_modules", "pyodide", "pyodide.mjs"));
const pyodide = await loadPyodide();
pyodide.FS.mkdir("/actorweb");
pyodide.mountNodeFS("/actorweb", folder);
const count = pyodide.runPython(`
import pathlib, py_compile, shutil, sys
source = pathlib.Path("/actorweb")
target = source / "web" / "bytecode"
shutil.rmtree(target, ignore_errors=True)
count = 0
for path in sorted(source.rglob("*.py")):
    place = path.relative_to(source)
    if {"tools", "web", "gallery", "testing"}.isdisjoint(place.parts):
        made = target / place.parent / f"{place.stem}.{sys.implementation.cache_tag}.pyc"
        made.parent.mkdir(parents=True, exist_ok=True)
        py_compile.compile(
            str(path), cfile=str(made), dfile=f"/lib/python3.14/site-packages/actorweb/{place}",
            doraise=True, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH,
        )
        count += 1
count
`);
console.log(`    ${count} modules compiled`);
