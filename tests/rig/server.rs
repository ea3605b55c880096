use e2e::{Home, OpenCode, Provider};

#[test]
fn one_server_answers_sessions_of_two_projects() {
    let (home, provider, opencode) = (Home::new(), Provider::start(), OpenCode::release("1.18.33"));
    opencode.configure(&home, &provider);
    let (a, tokens) = provider.enroll("a");
    home.set_auth("openai", tokens.entry());

    let server = opencode.serve(&home);
    let asked = ["one", "two"].map(|name| {
        let project = home.project(name);
        server.ask(&project, &server.session(&project))
    });
    for answer in asked {
        assert_eq!(answer.join().unwrap(), a.answer());
    }
}
