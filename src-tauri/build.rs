//! Reads Tauri's configuration, and gives the page's one command a permission.

fn main() {
    let attributes = tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(&["ask"]));
    if let Err(error) = tauri_build::try_build(attributes) {
        // Cargo shows this line; a panic would bury it under a backtrace.
        println!("cargo::error={error:#}");
    }
}
