//! What the loop does when the system can't tell it of changes, or may have kept some from it.

use super::*;
use crate::watch::tests::without_any_left;
use crate::watch::{Interest, Watch};

impl Home {
    /// Writes settings that nobody can mean.
    fn spoil_settings(&self) {
        let config = &self.main_loop.effects.world.paths.config;
        std::fs::create_dir_all(config.parent().unwrap()).unwrap();
        std::fs::write(config, "failover = 7").unwrap();
    }

    /// What is wrong, by part.
    fn parts(&self) -> Vec<String> {
        self.main_loop.effects.problems().into_iter().map(|problem| problem.part).collect()
    }

    fn interests(&self) -> Vec<Interest> {
        let dir = |name: &str| Interest { dir: self.dir.path().join(name), file: None };
        vec![dir("opencode"), dir("log"), dir("settings")]
    }
}

#[tokio::test]
async fn what_cant_be_watched_is_told_and_looked_at_each_minute_until_it_can_be() {
    let mut home = Home::new();
    let look_at = |home: &mut Home, second| {
        home.clock.0.store(second, Ordering::SeqCst);
        home.main_loop.look_unwatched();
        home.parts()
    };
    look_at(&mut home, 1_000);
    let (watch, left) = without_any_left(home.interests(), |_| ());
    home.main_loop.keep(watch);
    let problem = home.main_loop.effects.problems().pop().unwrap();
    assert!(problem.message.contains("no file watch left"), "{}", problem.message);
    assert!(problem.remedy.unwrap().contains("fs.inotify.max_user_watches"));
    assert!(problem.remedy_words.unwrap().key.is_some(), "in the person's language");
    assert_eq!(home.main_loop.nap(), Some(LONGEST_NAP));

    home.spoil_settings();
    assert_eq!(look_at(&mut home, 1_059), ["watch"]);
    assert_eq!(look_at(&mut home, 1_060), ["settings", "watch"]);
    assert_eq!(home.main_loop.nap(), Some(LONGEST_NAP));
    left.store(true, Ordering::SeqCst);
    assert_eq!(look_at(&mut home, 400), ["settings"], "a clock that is set back stops nothing");
    assert_eq!(home.main_loop.nap(), None);
    home.finish().await;
}

#[tokio::test]
async fn when_a_folder_comes_everything_is_read_again() {
    let mut home = Home::new();
    let watch = Watch::start(home.interests(), |_| ()).unwrap();
    home.main_loop.keep(watch);
    home.spoil_settings();
    let listed = Heard::Listing(Watched::Log as usize);
    home.main_loop.heard(listed);
    assert_eq!(home.parts(), [""; 0], "nothing came");
    std::fs::create_dir(home.dir.path().join("log")).unwrap();
    home.main_loop.heard(listed);
    assert_eq!(home.parts(), ["settings"]);
    home.finish().await;
}
