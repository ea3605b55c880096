//! What a person gets from the bridge, inside real OpenCode releases.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

/// Tests that check the same with some releases, each in its name.
macro_rules! with_releases {
    ($check:ident: $($name:ident $release:literal)*) => {
        mod $check { $(
            #[test]
            fn $name() {
                super::$check($release);
            }
        )* }
    };
}

/// With all of [`e2e::RELEASES`].
macro_rules! with_every_release {
    ($check:ident) => {
        with_releases! { $check:
            on_1_1_58 "1.1.58" on_1_3_2 "1.3.2" on_1_14_34 "1.14.34"
            on_1_15_13 "1.15.13" on_1_17_19 "1.17.19" on_1_18_33 "1.18.33"
        }
    };
}

// Who the stories are about.
mod people;

// A limit is met, and nobody sees an error: on the command line, in a server, in a terminal.
mod failover;
// Without Baton, with a false one, with broken files: OpenCode is as ever.
mod safety;
// A switch by hand reaches sessions that run.
mod by_hand;
// Sessions that sleep or failed go on; a stand-in takes over when every account is out.
mod sessions;
// Reasoning that only one account can read.
mod reasoning;
// Limits inside streams, websockets, usage in headers.
mod streams;
