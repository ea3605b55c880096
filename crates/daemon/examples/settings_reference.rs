//! Writes the page that lists every setting, from the code that reads them.

fn main() -> std::io::Result<()> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/settings-reference.md");
    std::fs::write(page, daemon::settings::reference())
}
