//! The wire types as TypeScript, for the web view. What is checked in is compared with it by a test; nothing is
//! written at run time.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

use super::{Failure, NoticeView, Reply, Request, Snapshot};

/// `ui/src/generated/control.ts`: every type that crosses the API, by name.
pub fn typescript() -> String {
    let mut declared = Declared { config: Config::new(), types: BTreeMap::new() };
    declared.visit::<Snapshot>();
    declared.visit::<NoticeView>();
    declared.visit::<Request>();
    declared.visit::<Reply>();
    declared.visit::<Failure>();
    let types: Vec<_> = declared.types.into_values().collect();
    format!(
        "// Generated from crates/daemon/src/control: `cargo run -p daemon --example typescript -- --write`.\n\n{}",
        types.join("\n")
    )
}

struct Declared {
    config: Config,
    types: BTreeMap<String, String>,
}

impl TypeVisitor for Declared {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Text, numbers, lists, maps and options have no file of their own.
        if T::output_path().is_none() {
            return T::visit_generics(self);
        }
        let name = T::ident(&self.config);
        if self.types.contains_key(&name) {
            return T::visit_generics(self);
        }
        let text = format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(&self.config));
        self.types.insert(name, text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect());
        T::visit_dependencies(self);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_types_are_the_ones_in_use() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/generated/control.ts");
        let checked_in = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
        assert!(checked_in == typescript(), "out of date: run `cargo run -p daemon --example typescript -- --write`");
    }
}
