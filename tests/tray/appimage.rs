use e2e::{Home, built};

#[test]
fn an_appimage_that_is_called_baton_is_the_program_for_the_terminal() {
    let home = Home::new();
    let mut command = home.command(built("baton-app"));
    // No display: a terminal is enough.
    command.env("APPIMAGE", "/opt/Baton_amd64.AppImage").env("ARGV0", "/home/ann/.local/bin/baton");
    let output = command.arg("--version").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let terminal = home.command(built("baton")).arg("--version").output().unwrap();
    assert_eq!(output.stdout, terminal.stdout);
}
