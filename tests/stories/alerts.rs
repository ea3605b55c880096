use std::time::Duration;

use e2e::{Scene, Vault, eventually};

const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_nearly_spent_window_is_told_once_also_across_a_restart() {
    let mut scene = Scene::without_opencode(Vault::File);
    let (parked, _) = scene.login("parked");
    let (active, _) = scene.login("active");
    let read = |scene: &Scene, percent: f64| {
        eventually("the figures are read", SOON, || {
            scene.done(&["usage", "--refresh"]);
            let of = |label: &str| scene.account(label)["windows"][0]["used_percent"].as_f64();
            (of("active") == Some(percent) && of("parked") == Some(percent)).then_some(())
        });
    };
    let set = |scene: &Scene, percent: u8| {
        scene.provider.set_usage(&active, percent, 10);
        scene.provider.set_usage(&parked, percent, 10);
    };
    set(&scene, 70);
    scene.start_baton();
    read(&scene, 70.0);
    assert_eq!(scene.notices().len(), 0, "starting is no news: {:?}", scene.notices());

    set(&scene, 97);
    read(&scene, 97.0);
    let notice = eventually("an alert", SOON, || scene.notices_of("nearly_spent").pop());
    assert_eq!(notice["title"], "openai: active has used 97 % of its 5h window");
    scene.stop_baton();

    set(&scene, 98);
    scene.start_baton();
    read(&scene, 98.0);
    scene.stop_baton();
    assert_eq!(scene.notices().len(), 1, "one jump, one alert: {:?}", scene.notices());
}
