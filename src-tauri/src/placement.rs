//! Where the popover goes: next to the icon, inside the part of the screen that panels leave free.
//! Plain arithmetic in physical pixels; asks no system anything.

use serde::{Deserialize, Serialize};

/// Left free between the popover, the icon and the edges.
const GAP: i32 = 8;
/// Heights that a menu bar's icon can have, in logical pixels.
const ICON_HEIGHTS: std::ops::RangeInclusive<f64> = 16.0..=40.0;

/// A part of the desktop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Area {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Screen {
    /// All of it.
    pub(crate) whole: Area,
    /// What panels leave free of it.
    pub(crate) free: Area,
    /// How many of its pixels make a logical one.
    pub(crate) scale: f64,
}

impl Area {
    /// A single pixel: where a pointer is.
    pub(crate) fn point(left: i32, top: i32) -> Self {
        Self { left, top, width: 1, height: 1 }
    }

    fn middle(self) -> (i32, i32) {
        (self.left + self.width / 2, self.top + self.height / 2)
    }

    fn holds(self, (x, y): (i32, i32)) -> bool {
        (self.left..self.left + self.width).contains(&x) && (self.top..self.top + self.height).contains(&y)
    }
}

/// The screen that an icon, or a pointer, is on; the first one where none is.
///
/// Where macOS has screens of different scales, each counts in its own pixels, and two can claim the same place. An icon
/// tells them apart by its height.
pub(crate) fn screen_of(icon: Area, screens: &[Screen]) -> Option<&Screen> {
    let claims = |screen: &&Screen| screen.whole.holds(icon.middle());
    let fits = |screen: &&Screen| icon.height == 1 || ICON_HEIGHTS.contains(&(f64::from(icon.height) / screen.scale));
    let claiming = || screens.iter().filter(claims);
    claiming().find(fits).or_else(|| claiming().next()).or_else(|| screens.first())
}

/// Places a window of `width` by `height` at an icon: centred on it, on the side where there is more room, and wholly
/// inside `free`; smaller where it doesn't fit.
pub(crate) fn place(icon: Area, free: Area, width: i32, height: i32) -> Area {
    let width = width.min(free.width - 2 * GAP);
    let height = height.min(free.height - 2 * GAP);
    let (x, y) = icon.middle();
    let in_upper_half = y < free.top + free.height / 2;
    let top = if in_upper_half { icon.top + icon.height + GAP } else { icon.top - GAP - height };
    Area {
        left: within(x - width / 2, free.left, free.width, width),
        top: within(top, free.top, free.height, height),
        width,
        height,
    }
}

fn within(wanted: i32, start: i32, room: i32, length: i32) -> i32 {
    wanted.min(start + room - GAP - length).max(start + GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: i32 = 380;
    const HEIGHT: i32 = 560;

    fn area((left, top, width, height): (i32, i32, i32, i32)) -> Area {
        Area { left, top, width, height }
    }

    fn check(icon: (i32, i32, i32, i32), free: (i32, i32, i32, i32), expected: (i32, i32, i32, i32)) {
        assert_eq!(place(area(icon), area(free), WIDTH, HEIGHT), area(expected));
    }

    #[test]
    fn below_a_panel_at_the_top() {
        check((900, 12, 1, 1), (0, 28, 1920, 1052), (710, 36, WIDTH, HEIGHT));
        check((889, 0, 22, 28), (0, 28, 1920, 1052), (710, 36, WIDTH, HEIGHT));
    }

    #[test]
    fn above_a_panel_at_the_bottom_in_the_corner() {
        check((1900, 1070, 1, 1), (0, 0, 1920, 1040), (1532, 472, WIDTH, HEIGHT));
        check((1880, 1040, 24, 40), (0, 0, 1920, 1040), (1532, 472, WIDTH, HEIGHT));
    }

    #[test]
    fn beside_a_panel_at_the_left() {
        check((20, 500, 1, 1), (48, 0, 1872, 1080), (56, 509, WIDTH, HEIGHT));
    }

    #[test]
    fn on_a_second_screen_left_of_the_first() {
        check((-100, 8, 1, 1), (-1280, 24, 1280, 1000), (-388, 32, WIDTH, HEIGHT));
    }

    #[test]
    fn smaller_on_a_small_screen() {
        check((300, 470, 1, 1), (0, 0, 320, 460), (8, 8, 304, 444));
    }

    #[test]
    fn a_place_belongs_to_the_screen_that_holds_it() {
        let screens = [screen((0, 0, 1920, 1080), 1.0), screen((1920, -200, 3840, 2160), 2.0)];
        let on = |icon| screen_of(icon, &screens).map(|screen| screen.scale);
        assert_eq!(on(Area::point(100, 10)), Some(1.0));
        assert_eq!(on(Area::point(1920, -200)), Some(2.0));
        assert_eq!(on(area((5000, 1900, 48, 48))), Some(2.0));
        assert_eq!(on(Area::point(-5, 10)), Some(1.0), "off every screen");
        assert_eq!(screen_of(Area::point(0, 0), &[]), None);
    }

    #[test]
    fn where_two_scales_claim_a_place_the_icons_height_decides() {
        // A screen of 1440 logical pixels at two pixels each, and beside it one of 1920 at one pixel each.
        let screens = [screen((0, 0, 2880, 1800), 2.0), screen((1440, 0, 1920, 1080), 1.0)];
        let on = |icon| screen_of(icon, &screens).map(|screen| screen.scale);
        assert_eq!(on(area((1500, 0, 30, 24))), Some(1.0));
        assert_eq!(on(area((1500, 0, 60, 48))), Some(2.0));
        assert_eq!(on(area((1500, 0, 60, 74))), Some(2.0), "beside a notch");
    }

    fn screen(whole: (i32, i32, i32, i32), scale: f64) -> Screen {
        Screen { whole: area(whole), free: area(whole), scale }
    }
}
