use e2e::{Behaviour, Scene, Vault};

/// One server, two projects, ten sessions: each of them meets A's limit, and one switch serves all.
fn check(release: &str) {
    let mut scene = Scene::new(release, Vault::Keychain);
    let (b, _) = scene.login("b");
    // Whoever switched once for each session would get here.
    scene.login("c");
    let (a, _) = scene.login("a");
    scene.provider.set_usage(&b, 10, 10);
    scene.start_baton();
    let server = scene.serve();
    let sessions: Vec<_> = ["one", "two"]
        .iter()
        .flat_map(|name| {
            let project = scene.project(name);
            (0..5).map(|_| (project.clone(), server.session(&project))).collect::<Vec<_>>()
        })
        .collect();
    scene.provider.behave(&a, Behaviour::UsageLimit { resets_in: 3600 });

    let asked: Vec<_> = sessions.iter().map(|(project, session)| server.ask(project, session)).collect();
    for answer in asked {
        assert_eq!(answer.join().unwrap(), b.answer());
    }

    assert_eq!(scene.active().as_deref(), Some("b"));
    assert_eq!(scene.history_of("switch").len(), 1);
    assert_eq!(scene.notices_of("switched").len(), 1);
}

#[test]
fn ten_sessions_cause_one_switch_on_1_15_13() {
    check("1.15.13");
}

#[test]
fn ten_sessions_cause_one_switch_on_1_18_33() {
    check("1.18.33");
}
