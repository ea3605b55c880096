//! `cargo xtask dist manifest FOLDER`: what the app asks for to learn of an update, from the signed files in a folder.
//! Refuses to name a file that nobody signed.

use std::fs;
use std::path::Path;

use super::VERSION;
use crate::release;
use crate::shell::{Done, Failed};

/// Which systems a file is for: the end of its name, and the updater's names of what it serves.
const SERVES: &[(&str, &[&str])] = &[
    (".AppImage", &["linux-x86_64", "linux-x86_64-appimage"]),
    (".app.tar.gz", &["darwin-aarch64", "darwin-aarch64-app", "darwin-x86_64", "darwin-x86_64-app"]),
    ("-setup.exe", &["windows-x86_64", "windows-x86_64-nsis"]),
    (".msi", &["windows-x86_64-msi"]),
];

pub(super) fn write(args: &[String]) -> Done {
    let [folder] = args else {
        return Err(Failed::new("usage: cargo xtask dist manifest FOLDER"));
    };
    let folder = Path::new(folder);
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", folder.display()));
    let mut signed = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if let Some(name) = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".sig")) {
            signed.push((name.to_owned(), fs::read_to_string(&path).map_err(failed)?));
        }
    }
    signed.sort();
    if signed.is_empty() {
        return Err(Failed::new(format!(
            "no file in {} is signed, so nothing can be offered as an update",
            folder.display()
        )));
    }
    let to = folder.join("latest.json");
    fs::write(&to, text(&signed, &release::notes(VERSION).unwrap_or_default())).map_err(failed)?;
    println!("{}", to.display());
    Ok(())
}

fn text(signed: &[(String, String)], notes: &str) -> String {
    let mut platforms = Vec::new();
    for (file, signature) in signed {
        let served = SERVES.iter().filter(|(end, _)| file.ends_with(end)).flat_map(|(_, platforms)| *platforms);
        for platform in served {
            let url = format!("{}/releases/download/v{VERSION}/{file}", release::REPOSITORY);
            platforms.push(format!("    {platform:?}: {{\"url\": {url:?}, \"signature\": {:?}}}", signature.trim()));
        }
    }
    format!(
        "{{\n  \"version\": {VERSION:?},\n  \"notes\": {},\n  \"platforms\": {{\n{}\n  }}\n}}\n",
        quoted(notes),
        platforms.join(",\n")
    )
}

/// A text as JSON writes it.
fn quoted(text: &str) -> String {
    let escaped = text.chars().fold(String::new(), |all, character| match character {
        '"' | '\\' => format!("{all}\\{character}"),
        '\n' => format!("{all}\\n"),
        control if control < ' ' => format!("{all}\\u{:04x}", u32::from(control)),
        other => format!("{all}{other}"),
    });
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_is_told_of_its_own_file() {
        let signed = ["Baton.app.tar.gz", "Baton_1_amd64.AppImage", "Baton_1_x64-setup.exe", "Baton_1_x64_en-US.msi"];
        let text = text(&signed.map(|file| (file.to_owned(), format!("signed {file}\n"))), "Says \"more\".\n");
        for (system, file) in [
            ("darwin-aarch64", "Baton.app.tar.gz"),
            ("darwin-x86_64", "Baton.app.tar.gz"),
            ("linux-x86_64", "Baton_1_amd64.AppImage"),
            ("windows-x86_64", "Baton_1_x64-setup.exe"),
            ("windows-x86_64-msi", "Baton_1_x64_en-US.msi"),
        ] {
            let line = text.lines().find(|line| line.trim().starts_with(&format!("{system:?}:"))).unwrap();
            assert!(line.contains(&format!("/v{VERSION}/{file}\"")), "{line}");
            assert!(line.contains(&format!("\"signed {file}\"")), "{line}");
        }
        assert!(text.contains(r#""notes": "Says \"more\".\n""#), "{text}");
    }
}
