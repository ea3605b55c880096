//! The web view's page: its checks and its build. The tray app embeds the built page.

use crate::setup::node::npm;
use crate::shell::{self, Done};

pub(crate) fn build() -> Done {
    shell::run(npm().args(["run", "build"]))
}

pub(crate) fn check() -> Done {
    shell::run(npm().args(["run", "check"]))?;
    shell::run(npm().args(["run", "test"]))
}
