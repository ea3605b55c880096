//! What Windows wants of an app before it shows its notifications: an id that it knows, with a name for people.
//! Writes nothing where an installer has seen to that.

use std::env;
use std::path::{Path, PathBuf};

use tauri::AppHandle;
use windows_registry::CURRENT_USER;

use crate::{notifications, picture};

/// Where each person's own ids are.
const IDS: &str = r"Software\Classes\AppUserModelId";
/// Below these folders, an installed app has an entry that bears its id.
const START_MENUS: [&str; 2] = ["APPDATA", "ProgramData"];

/// Makes the app's id known where the app was only unpacked.
pub(crate) fn register(app: &AppHandle) {
    let config = app.config();
    let name = config.product_name.as_ref().unwrap_or(&config.identifier);
    let menus = START_MENUS.iter().filter_map(|variable| Some(PathBuf::from(env::var_os(variable)?)));
    if !menus.into_iter().any(|folder| is_listed(&folder, name)) && write(&config.identifier, name).is_err() {
        picture::report(app, notifications::missing());
    }
}

fn is_listed(folder: &Path, name: &str) -> bool {
    let programs = folder.join(r"Microsoft\Windows\Start Menu\Programs");
    let entry = format!("{name}.lnk");
    programs.join(&entry).exists() || programs.join(name).join(&entry).exists()
}

fn write(id: &str, name: &str) -> windows_registry::Result<()> {
    CURRENT_USER.create(format!(r"{IDS}\{id}"))?.set_string("DisplayName", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_its_name_and_written_twice_without_harm() {
        let id = "io.github.opencode-baton.test";
        write(id, "Before").unwrap();
        write(id, "Baton").unwrap();
        let ids = CURRENT_USER.create(IDS).unwrap();
        assert_eq!(ids.open(id).unwrap().get_string("DisplayName").unwrap(), "Baton");
        ids.remove_tree(id).unwrap();
    }

    #[test]
    fn an_entry_in_the_start_menu_is_found_with_and_without_a_folder_of_its_own() {
        let menu = env::temp_dir().join(format!("baton-start-menu-{}", std::process::id()));
        let programs = menu.join(r"Microsoft\Windows\Start Menu\Programs");
        for entry in ["Baton.lnk", r"Baton\Baton.lnk"] {
            std::fs::create_dir_all(programs.join("Baton")).unwrap();
            assert!(!is_listed(&menu, "Baton"));
            std::fs::write(programs.join(entry), "").unwrap();
            assert!(is_listed(&menu, "Baton"));
            std::fs::remove_dir_all(&menu).unwrap();
        }
    }
}
