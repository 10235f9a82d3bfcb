// Runs Python in Pyodide under node, on this checkout: `node … pyodide.mjs WHEELS PROGRAM [ARGUMENT…]`.
// PROGRAM is the text of a Python program; sys.argv holds the arguments. Exit status: what the program raised by SystemExit.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const { loadPyodide } = await import(path.join(root, "node_modules/pyodide/pyodide.mjs"));
const [wheels, program, ...rest] = process.argv.slice(2);

const write = (file) => (text) => {
  fs.writeSync(file, `${text}\n`);
};
const pyodide = await loadPyodide({ stdout: write(1), stderr: write(2), env: { HOME: "/home/pyodide", PYTHONDONTWRITEBYTECODE: "1" } });
for (const name of fs.existsSync(wheels) ? fs.readdirSync(wheels) : []) {
  // A Buffer is not taken: the archive must be a plain Uint8Array.
  pyodide.unpackArchive(new Uint8Array(fs.readFileSync(path.join(wheels, name))), "wheel", { extractDir: "/lib/python3.14/site-packages" });
}
pyodide.FS.mkdir("/repo");
pyodide.mountNodeFS("/repo", root);
pyodide.FS.chdir("/repo");
pyodide.globals.set("arguments", pyodide.toPy(rest));
const start = `
import os, sys
sys.path.insert(0, "/repo")
sys.argv = ["pyodide", *arguments]
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = "/home/pyodide/hypothesis"
`;
pyodide.runPython(start);
// callPromising, so that a coroutine may be run to its end inside synchronous code.
const run = pyodide.runPython(`
def run(source):
    try:
        exec(compile(source, "<program>", "exec"), {"__name__": "__main__"})
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1 if error.code else 0
    return 0
run
`);
let status = 1;
try {
  status = await run.callPromising(program);
} catch (error) {
  console.error(String(error.message ?? error));
}
process.exit(status);
