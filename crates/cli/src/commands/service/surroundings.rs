//! What the service's file must say of this process: the program, and the variables by which Baton finds its files.
//! Takes no other variable along: some hold secrets.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Every variable that moves a file of Baton's or OpenCode's. `OPENCODE_AUTH_CONTENT` isn't one: it holds credentials.
const VARIABLES: [&str; 7] = [
    "BATON_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
    "OPENCODE_AUTH_FILE",
    "OPENCODE_DB",
];

/// What the service starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// The program `baton`, as a full path.
    pub(super) program: String,
    /// The variables that are set, by name.
    pub(super) variables: Vec<(&'static str, String)>,
    /// The person's home.
    pub(super) home: PathBuf,
    /// Where the person's settings are, by the XDG rule.
    pub(super) config: PathBuf,
    /// Where an AppImage is mounted that this program runs out of.
    image: Option<PathBuf>,
}

impl Surroundings {
    pub(super) fn of_this_process() -> Result<Self, Error> {
        let program = env::current_exe()
            .map_err(|source| Error::Machine { act: "the program's own place isn't known", source })?;
        Self::of(program, env::home_dir(), &|name| env::var_os(name))
    }

    fn of(program: PathBuf, home: Option<PathBuf>, var: &dyn Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let set = |name: &str| var(name).filter(|value| !value.is_empty());
        let home = home.filter(|path| !path.as_os_str().is_empty());
        let home = home.ok_or_else(|| Error::failed("no home folder is known: set HOME to the full path of yours"))?;
        let mut variables = Vec::new();
        for name in VARIABLES {
            let Some(value) = set(name) else { continue };
            let value = match name {
                // Relative to where the person is now; the service starts elsewhere.
                "BATON_HOME" => std::path::absolute(&value).map_or(value, PathBuf::into_os_string),
                _ => value,
            };
            variables.push((name, plain(value, name)?));
        }
        let chosen = set("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let config = chosen.unwrap_or_else(|| home.join(".config"));
        let program = plain(program.into_os_string(), "the path of `baton`")?;
        Ok(Self { program, variables, home, config, image: set("APPDIR").map(PathBuf::from) })
    }

    /// Refuses a program that is gone when the person closes the app.
    pub(super) fn program_stays(&self) -> Result<(), Error> {
        match &self.image {
            Some(image) if Path::new(&self.program).starts_with(image) => Err(Error::usage(
                "this `baton` is inside an AppImage and gone when that ends: install the deb, the rpm or the program \
                 `baton` alone, and use that one",
            )),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
impl Surroundings {
    /// Of Ann, with nothing mounted.
    pub(super) fn for_test(program: &str, variables: Vec<(&'static str, String)>) -> Self {
        let home = PathBuf::from("/home/ann");
        Self { program: program.to_owned(), variables, config: home.join(".config"), home, image: None }
    }
}

/// Text that stands on one line of a file.
fn plain(value: OsString, what: &str) -> Result<String, Error> {
    let text = value.into_string().ok().filter(|text| !text.chars().any(char::is_control));
    text.ok_or_else(|| Error::usage(format!("{what} holds letters that a service's file can't hold: use another path")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Surroundings, Error> {
        let var = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        Surroundings::of("/usr/bin/baton".into(), Some("/home/ann".into()), &var)
    }

    #[test]
    fn only_variables_that_move_files_go_along() {
        let set =
            [("OPENCODE_AUTH_CONTENT", "secret"), ("PATH", "/bin"), ("XDG_STATE_HOME", "/s"), ("OPENCODE_DB", "")];
        let found = of(&set).unwrap();
        assert_eq!(found.variables, [("XDG_STATE_HOME", "/s".to_owned())]);
        assert_eq!(found.config, Path::new("/home/ann").join(".config"));
    }

    #[cfg(unix)]
    #[test]
    fn paths_are_full_ones() {
        let found = of(&[("BATON_HOME", "b"), ("XDG_CONFIG_HOME", "/c")]).unwrap();
        assert!(found.variables[0].1.starts_with('/') && found.variables[0].1.ends_with("/b"), "{found:?}");
        assert_eq!(found.config, Path::new("/c"));
    }

    #[test]
    fn what_a_file_cannot_hold_is_refused_by_name() {
        let error = of(&[("BATON_HOME", "/b\nExecStart=/bin/evil")]).unwrap_err().to_string();
        assert!(error.starts_with("BATON_HOME"), "{error}");
    }

    #[test]
    fn a_program_in_a_mounted_image_is_no_service() {
        assert!(of(&[("APPDIR", "/elsewhere")]).unwrap().program_stays().is_ok());
        let error = of(&[("APPDIR", "/usr")]).unwrap().program_stays().unwrap_err().to_string();
        assert!(error.contains("AppImage"), "{error}");
    }
}
