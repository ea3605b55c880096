//! Prints the control API's types as TypeScript; with `--write`, puts them where the web view imports them from.
#![allow(clippy::print_stdout, reason = "printing is what it is for")]

fn main() -> std::io::Result<()> {
    let types = daemon::control::typescript();
    match std::env::args().nth(1).as_deref() {
        Some("--write") => {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/generated");
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join("control.ts"), types)
        }
        Some(_) | None => {
            print!("{types}");
            Ok(())
        }
    }
}
