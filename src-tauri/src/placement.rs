//! Where the popover goes: next to the pointer, inside the part of the screen that panels leave free.
//! Plain arithmetic in physical pixels; asks no system anything.

/// Left free between the popover, the pointer and the edges.
const GAP: i32 = 8;

/// A place on the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) x: i32,
    pub(crate) y: i32,
}

/// A part of the desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) width: i32,
    pub(crate) height: i32,
}

/// Places a window of `width` by `height` for a click at `pointer`: centred on it, on the side where there is more
/// room, and wholly inside `free`; smaller where it doesn't fit.
pub(crate) fn place(pointer: Point, free: Area, width: i32, height: i32) -> Area {
    let width = width.min(free.width - 2 * GAP);
    let height = height.min(free.height - 2 * GAP);
    let in_upper_half = pointer.y < free.top + free.height / 2;
    let top = if in_upper_half { pointer.y + GAP } else { pointer.y - GAP - height };
    Area {
        left: within(pointer.x - width / 2, free.left, free.width, width),
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

    fn check(pointer: (i32, i32), free: (i32, i32, i32, i32), expected: (i32, i32, i32, i32)) {
        let (left, top, width, height) = free;
        let free = Area { left, top, width, height };
        let placed = place(Point { x: pointer.0, y: pointer.1 }, free, WIDTH, HEIGHT);
        assert_eq!((placed.left, placed.top, placed.width, placed.height), expected);
    }

    #[test]
    fn below_a_panel_at_the_top() {
        check((900, 12), (0, 28, 1920, 1052), (710, 36, WIDTH, HEIGHT));
    }

    #[test]
    fn above_a_panel_at_the_bottom_in_the_corner() {
        check((1900, 1070), (0, 0, 1920, 1040), (1532, 472, WIDTH, HEIGHT));
    }

    #[test]
    fn beside_a_panel_at_the_left() {
        check((20, 500), (48, 0, 1872, 1080), (56, 508, WIDTH, HEIGHT));
    }

    #[test]
    fn on_a_second_screen_left_of_the_first() {
        check((-100, 8), (-1280, 24, 1280, 1000), (-388, 32, WIDTH, HEIGHT));
    }

    #[test]
    fn smaller_on_a_small_screen() {
        check((300, 470), (0, 0, 320, 460), (8, 8, 304, 444));
    }
}
