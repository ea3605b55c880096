//! Reads Tauri's configuration, and gives each command of the page a permission of its own.

fn main() {
    let commands = &[
        "snapshot",
        "problems",
        "send",
        "close",
        "quit",
        "open_log_folder",
        "updates",
        "look_for_updates",
        "install_update",
    ];
    let attributes = tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(commands));
    if let Err(error) = tauri_build::try_build(attributes) {
        // Cargo shows this line; a panic would bury it under a backtrace.
        println!("cargo::error={error:#}");
    }
}
