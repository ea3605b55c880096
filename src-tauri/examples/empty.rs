//! A Tauri app with a tray icon and nothing else, built like the real one: what its memory is compared with.

use tauri::image::Image;
use tauri::menu::MenuBuilder;
use tauri::tray::TrayIconBuilder;

fn main() -> tauri::Result<()> {
    let app = tauri::Builder::default()
        .setup(|app| {
            let menu = MenuBuilder::new(app).text("quit", "Quit").build()?;
            let icon = Image::from_bytes(include_bytes!("../../icons/tray.png"))?;
            TrayIconBuilder::with_id("empty").icon(icon).menu(&menu).build(app)?;
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|_, _| {});
    Ok(())
}
