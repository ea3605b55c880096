//! `cargo xtask icons`: every picture file of the icons, drawn anew from the two SVG files by Tauri's own tool.

use std::fs;
use std::path::{Path, PathBuf};

use crate::dist;
use crate::setup::{self, Purpose};
use crate::shell::{self, Done, Failed};

const APP_SIZES: &[u32] = &[16, 32, 48, 64, 128, 256, 512];

/// Draws them again.
pub(crate) fn write() -> Done {
    setup::prepare(Purpose::Tray)?;
    draw(&shell::root().join("icons"))
}

/// Fails while a picture isn't what the SVG files say.
pub(crate) fn check() -> Done {
    let (here, there) = (shell::target().join("icons"), shell::root().join("icons"));
    draw(&here)?;
    let differs = |name: &PathBuf| !are_alike(&here.join(name), &there.join(name));
    match names(&here)?.iter().find(|name| differs(name)) {
        None => Ok(()),
        Some(name) => {
            Err(Failed::new(format!("icons/{} isn't what the SVG says: run `cargo xtask icons`", name.display())))
        }
    }
}

fn draw(to: &Path) -> Done {
    let icons = shell::root().join("icons");
    let drawn = shell::target().join("drawn");
    let _ = fs::remove_dir_all(&drawn);
    let from_svg = |svg: &Path, sizes: &[u32]| {
        let sizes = sizes.iter().flat_map(|size| ["--png".to_owned(), size.to_string()]);
        shell::run(dist::tauri().arg("icon").arg(svg).arg("--output").arg(&drawn).args(sizes))
    };
    let keep = |drawn_as: &str, name: &str| copy(&drawn.join(drawn_as), &to.join(name));
    fs::create_dir_all(to).map_err(|error| Failed::new(format!("{}: {error}", to.display())))?;

    from_svg(&icons.join("app.svg"), &[])?;
    keep("icon.ico", "app.ico")?;
    keep("icon.icns", "app.icns")?;
    from_svg(&icons.join("app.svg"), APP_SIZES)?;
    for size in APP_SIZES {
        keep(&format!("{size}x{size}.png"), &format!("app-{size}.png"))?;
    }
    from_svg(&icons.join("tray.svg"), &[48])?;
    keep("48x48.png", "tray.png")?;
    // macOS colours a template image itself and reads only its shape.
    let template = drawn.join("template.svg");
    let tray = fs::read_to_string(icons.join("tray.svg")).map_err(|error| Failed::new(format!("tray.svg: {error}")))?;
    fs::write(&template, tray.replace("#5b8cff", "#000000")).map_err(|error| Failed::new(error.to_string()))?;
    from_svg(&template, &[44])?;
    keep("44x44.png", "tray-template.png")
}

fn copy(from: &Path, to: &Path) -> Done {
    if are_alike(from, to) {
        return Ok(());
    }
    fs::copy(from, to).map(|_| ()).map_err(|error| Failed::new(format!("{}: {error}", from.display())))
}

/// Whether two files hold the same pictures. In Apple's format, the tool puts them in a new order each time.
fn are_alike(one: &Path, other: &Path) -> bool {
    let bytes = |path: &Path| {
        let mut bytes = fs::read(path).ok()?;
        if path.extension().is_some_and(|end| end == "icns") {
            bytes.sort_unstable();
        }
        Some(bytes)
    };
    bytes(one).is_some_and(|one| bytes(other) == Some(one))
}

fn names(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let entries = fs::read_dir(folder).map_err(|error| Failed::new(format!("{}: {error}", folder.display())))?;
    Ok(entries.flatten().map(|entry| PathBuf::from(entry.file_name())).collect())
}
