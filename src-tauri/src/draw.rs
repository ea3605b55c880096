//! Draws the tray icon for a scale: two bars on a grid of sixteen units, on whole pixels wherever one ends.
//! Knows no snapshot; what is drawn is decided in `icon`.

use tiny_skia::{BlendMode, Color, FillRule, LineCap, Mask, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, Transform};

use crate::icon::{Icon, State, Style};

/// The grid that everything is drawn on.
const UNITS: f32 = 16.0;
/// How much of the ink the part of a bar has that isn't used up.
const TRACK: f32 = 0.35;
/// How much of it is left of figures that are old.
const FADED: f32 = 0.5;

/// Baton's blue, the colour of what can't be used, and that of what a person must see to.
const USUAL: [u8; 3] = [0x5b, 0x8c, 0xff];
const SPENT: [u8; 3] = [0xf0, 0x60, 0x4d];
const URGENT: [u8; 3] = [0xf5, 0xa5, 0x24];

/// The colours that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Baton's own, which read on light and on dark panels.
    Colours,
    /// None: the system colours the icon itself and reads only its shape.
    Shape,
}

/// A picture: rows from the top, four bytes a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Its width and height in pixels.
    pub(crate) edge: u32,
    /// Red, green, blue and opacity of each pixel.
    pub(crate) rgba: Vec<u8>,
}

/// Draws an icon of `edge` by `edge` pixels; `None` when there is no such size.
pub(crate) fn draw(icon: &Icon, edge: u32, ink: Ink) -> Option<Picture> {
    let mut sheet = Sheet { pixels: Pixmap::new(edge, edge)?, ink, state: icon.state };
    match icon.style {
        Style::Meter => {
            sheet.bar(Bar::across(3.0), icon.short);
            sheet.bar(Bar::across(9.0), icon.long);
        }
        // Baton's sign: two bars that pass each other.
        Style::Plain => {
            sheet.bar(Bar { left: 1.0, right: 11.0, top: 3.0 }, Some(100));
            sheet.bar(Bar { left: 5.0, right: 15.0, top: 9.0 }, Some(100));
        }
        Style::Percent => sheet.number(icon.highest()),
    }
    match (icon.state, icon.style) {
        // A number leaves no corner free.
        (State::Attention, Style::Percent) => sheet.underline(&[(1.0, 15.0)]),
        (State::Paused, Style::Percent) => sheet.underline(&[(4.0, 7.0), (9.0, 12.0)]),
        (State::Attention, Style::Meter | Style::Plain) => sheet.dot(),
        (State::Paused, Style::Meter | Style::Plain) => sheet.pause(),
        (State::Exhausted, Style::Meter | Style::Plain) => sheet.slit(),
        (State::Exhausted | State::Stale | State::Fresh, _) => {}
    }
    Some(sheet.finish())
}

/// A bar of four units' height, in units.
#[derive(Clone, Copy)]
struct Bar {
    left: f32,
    right: f32,
    top: f32,
}

impl Bar {
    const HEIGHT: f32 = 4.0;

    fn across(top: f32) -> Self {
        Self { left: 1.0, right: 15.0, top }
    }
}

struct Sheet {
    pixels: Pixmap,
    ink: Ink,
    state: State,
}

impl Sheet {
    /// Where a place on the grid is, on whole pixels.
    fn at(&self, units: f32) -> f32 {
        (units * self.unit()).round()
    }

    #[expect(clippy::cast_precision_loss, reason = "icons are small")]
    fn unit(&self) -> f32 {
        self.pixels.width() as f32 / UNITS
    }

    fn paint(&self, strength: f32) -> Paint<'static> {
        let colour = if self.state == State::Exhausted { SPENT } else { USUAL };
        self.paint_in(colour, strength)
    }

    fn paint_in(&self, colour: [u8; 3], strength: f32) -> Paint<'static> {
        let [red, green, blue] = if self.ink == Ink::Shape { [0, 0, 0] } else { colour };
        let strength = if self.state == State::Stale { strength * FADED } else { strength };
        let mut paint = Paint::default();
        paint.set_color_rgba8(red, green, blue, opacity(strength));
        paint
    }

    /// A bar with round ends of which so many percent are used up.
    fn bar(&mut self, bar: Bar, used: Option<u8>) {
        let (left, right) = (self.at(bar.left), self.at(bar.right));
        let (top, bottom) = (self.at(bar.top), self.at(bar.top + Bar::HEIGHT));
        let Some(pill) = pill(left, right, top, bottom) else { return };
        self.fill(&pill, &self.paint(TRACK));
        let used = f32::from(used.unwrap_or_default());
        // The least that is used can be seen, and the least that is left.
        let end = match used {
            0.0 => return,
            100.0 => right,
            _ => (left + (right - left) * used / 100.0).round().clamp(left + 1.0, right - 1.0),
        };
        let Some(mut inside) = Mask::new(self.pixels.width(), self.pixels.height()) else { return };
        inside.fill_path(&pill, FillRule::Winding, true, Transform::identity());
        let Some(part) = Rect::from_ltrb(left, top, end, bottom) else { return };
        let mut paint = self.paint(1.0);
        // Instead of the track, not over it: where both are half-transparent they would show through each other.
        paint.blend_mode = BlendMode::Source;
        self.pixels.fill_rect(part, &paint, Transform::identity(), Some(&inside));
    }

    /// A number of up to three digits on whole pixels, in the middle; a dash where there is none.
    #[expect(clippy::cast_precision_loss, reason = "icons are small")]
    fn number(&mut self, number: Option<u8>) {
        let glyphs: Vec<[u8; 5]> = match number {
            Some(number) => number.to_string().bytes().map(|digit| DIGITS[usize::from(digit - b'0')]).collect(),
            None => vec![DASH],
        };
        let edge = self.pixels.width();
        let columns = u32::try_from(glyphs.len() * 4 - 1).unwrap_or(u32::MAX);
        // No narrow number is blown up, and a wide one is rather tall than flat.
        let (wide, tall) = ((edge / columns.max(7)).max(1), (edge * 3 / 4 / 5).max(1));
        let (left, top) = ((edge.saturating_sub(columns * wide)) / 2, (edge.saturating_sub(5 * tall)) / 2);
        let paint = self.paint(1.0);
        for (place, glyph) in (0..).zip(&glyphs) {
            for (row, bits) in (0..).zip(glyph) {
                for column in (0..3).filter(|column| bits & (0b100 >> column) != 0) {
                    let x = left + (place * 4 + column) * wide;
                    let cell = Rect::from_xywh(x as f32, (top + row * tall) as f32, wide as f32, tall as f32);
                    let Some(cell) = cell else { continue };
                    self.pixels.fill_rect(cell, &paint, Transform::identity(), None);
                }
            }
        }
    }

    /// A dot in the upper corner, with room around it.
    fn dot(&mut self) {
        let (x, y, unit) = (self.at(13.0), self.at(3.0), self.unit());
        let circle = |radius: f32| PathBuilder::from_circle(x, y, radius * unit);
        if let (Some(room), Some(dot)) = (circle(4.0), circle(3.0)) {
            self.clear(&room);
            self.fill(&dot, &self.paint_in(URGENT, 1.0));
        }
    }

    /// Two strokes in the lower corner, with room around them.
    fn pause(&mut self) {
        let (top, bottom) = (self.at(9.0), self.at(16.0));
        if let Some(room) = Rect::from_ltrb(self.at(9.0), self.at(8.0), bottom, bottom) {
            self.clear(&PathBuilder::from_rect(room));
        }
        for (left, right) in [(10.0, 12.0), (14.0, 16.0)] {
            if let Some(stroke) = Rect::from_ltrb(self.at(left), top, self.at(right), bottom) {
                self.fill(&PathBuilder::from_rect(stroke), &self.paint(1.0));
            }
        }
    }

    /// A line below everything, in pieces.
    fn underline(&mut self, pieces: &[(f32, f32)]) {
        let colour = if self.state == State::Attention { URGENT } else { USUAL };
        for (left, right) in pieces {
            let line = Rect::from_ltrb(self.at(*left), self.at(14.0), self.at(*right), self.at(16.0));
            if let Some(line) = line {
                self.fill(&PathBuilder::from_rect(line), &self.paint_in(colour, 1.0));
            }
        }
    }

    /// A cut through everything: what is there is used up. Seen without colours too.
    fn slit(&mut self) {
        let mut path = PathBuilder::new();
        path.move_to(self.at(4.0), self.at(16.0));
        path.line_to(self.at(12.0), 0.0);
        let stroke = Stroke { width: 1.5 * self.unit(), ..Stroke::default() };
        let slit = path.finish().and_then(|path| path.stroke(&stroke, 1.0));
        if let Some(slit) = slit {
            self.clear(&slit);
        }
    }

    fn fill(&mut self, path: &Path, paint: &Paint<'_>) {
        self.pixels.fill_path(path, paint, FillRule::Winding, Transform::identity(), None);
    }

    fn clear(&mut self, path: &Path) {
        let mut paint = Paint { blend_mode: BlendMode::Clear, ..Paint::default() };
        paint.set_color(Color::TRANSPARENT);
        self.fill(path, &paint);
    }

    fn finish(self) -> Picture {
        let pixels = self.pixels.pixels().iter().map(|pixel| pixel.demultiply());
        let rgba = pixels.flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()]).collect();
        Picture { edge: self.pixels.width(), rgba }
    }
}

fn pill(left: f32, right: f32, top: f32, bottom: f32) -> Option<Path> {
    let (width, middle) = (bottom - top, f32::midpoint(top, bottom));
    let mut line = PathBuilder::new();
    line.move_to(left + width / 2.0, middle);
    line.line_to(right - width / 2.0, middle);
    line.finish()?.stroke(&Stroke { width, line_cap: LineCap::Round, ..Stroke::default() }, 4.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held to what fits")]
fn opacity(strength: f32) -> u8 {
    (strength.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// Digits on three columns and five rows.
const DIGITS: [[u8; 5]; 10] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b001, 0b001, 0b001],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
];
const DASH: [u8; 5] = [0b000, 0b000, 0b111, 0b000, 0b000];

#[cfg(test)]
mod tests {
    use super::*;

    /// One, one and a half, and two times sixteen pixels.
    const EDGES: [u32; 3] = [16, 24, 32];

    fn icon(short: u8, long: u8, state: State) -> Icon {
        Icon { style: Style::Meter, short: Some(short), long: Some(long), state }
    }

    /// Colour and opacity in the middle of a unit of the grid.
    fn at(picture: &Picture, x: u32, y: u32) -> [u8; 4] {
        let middle = |unit: u32| (unit * 2 + 1) * picture.edge / 32;
        let start = usize::try_from((middle(y) * picture.edge + middle(x)) * 4).unwrap();
        picture.rgba[start..start + 4].try_into().unwrap()
    }

    fn opacity_at(picture: &Picture, x: u32, y: u32) -> u8 {
        at(picture, x, y)[3]
    }

    /// How many of the picture's middle columns of each bar are used up, in percent.
    fn used(picture: &Picture) -> [u32; 2] {
        [5, 11].map(|y| {
            let row = (y * picture.edge / 16) * picture.edge;
            let opaque = |x: &u32| picture.rgba[usize::try_from((row + x) * 4 + 3).unwrap()] > 200;
            let columns = u32::try_from((0..picture.edge).filter(opaque).count()).unwrap();
            (columns * 100).div_ceil(picture.edge * 14 / 16)
        })
    }

    fn drawn(icon: Icon, edge: u32) -> Picture {
        let picture = draw(&icon, edge, Ink::Colours).unwrap();
        assert_eq!(picture.rgba.len(), usize::try_from(edge * edge * 4).unwrap());
        picture
    }

    #[test]
    fn each_bar_is_as_long_as_its_window_is_used_at_every_scale() {
        for edge in EDGES {
            for (short, long) in [(0, 100), (50, 25), (75, 0)] {
                let [top, bottom] = used(&drawn(icon(short, long, State::Fresh), edge));
                let near = |drawn: u32, meant: u8| drawn.abs_diff(meant.into()) <= 8;
                assert!(near(top, short) && near(bottom, long), "{edge}: {short}, {long} drawn as {top}, {bottom}");
            }
        }
    }

    #[test]
    fn the_least_that_is_used_or_left_can_be_seen() {
        for edge in EDGES {
            let [little, much] = used(&drawn(icon(1, 99, State::Fresh), edge));
            assert!(little > 0 && much < 100, "{edge}: {little}, {much}");
        }
    }

    #[test]
    fn what_is_not_used_and_not_known_is_a_quiet_track() {
        for edge in EDGES {
            let one = Icon { long: None, ..icon(50, 0, State::Fresh) };
            let picture = drawn(one, edge);
            let [red, green, blue] = USUAL;
            assert_eq!(at(&picture, 3, 5), [red, green, blue, 255]);
            for (x, y) in [(12, 5), (3, 11), (12, 11)] {
                assert!((60..120).contains(&opacity_at(&picture, x, y)), "{edge}: {x}, {y}");
            }
            assert_eq!(opacity_at(&picture, 8, 8), 0, "between the bars");
        }
    }

    #[test]
    fn edges_are_on_whole_pixels() {
        for edge in EDGES {
            let picture = drawn(icon(100, 100, State::Fresh), edge);
            let column = (0..edge).map(|y| picture.rgba[usize::try_from((y * edge + edge / 2) * 4 + 3).unwrap()]);
            assert!(
                column.clone().all(|opacity| opacity == 0 || opacity == 255),
                "{edge}: {:?}",
                Vec::from_iter(column)
            );
        }
    }

    #[test]
    fn each_state_is_told_by_shape_alone() {
        for edge in EDGES {
            for style in [Style::Meter, Style::Plain] {
                let states = [State::Attention, State::Exhausted, State::Paused, State::Stale, State::Fresh];
                let mut pictures =
                    states.map(|state| draw(&Icon { style, ..icon(60, 80, state) }, edge, Ink::Shape).unwrap().rgba);
                for rgba in &pictures {
                    assert!(rgba.chunks(4).all(|pixel| pixel[..3] == [0, 0, 0]), "a template has no colour");
                }
                pictures.sort();
                assert!(pictures.windows(2).all(|two| two[0] != two[1]), "{edge}: two states look the same");
            }
        }
    }

    #[test]
    fn what_needs_a_person_has_a_dot_and_what_is_spent_is_red_and_cut() {
        for edge in EDGES {
            let [red, green, blue] = URGENT;
            assert_eq!(at(&drawn(icon(10, 10, State::Attention), edge), 13, 3), [red, green, blue, 255]);
            let spent = drawn(icon(100, 100, State::Exhausted), edge);
            let [red, green, blue] = SPENT;
            assert_eq!(at(&spent, 3, 5), [red, green, blue, 255]);
            assert!(opacity_at(&spent, 9, 5) < 128, "{edge}: cut");
        }
    }

    #[test]
    fn old_figures_fade_and_a_pause_has_its_sign() {
        for edge in EDGES {
            let stale = drawn(icon(100, 100, State::Stale), edge);
            assert!((100..160).contains(&opacity_at(&stale, 5, 5)));
            let paused = drawn(icon(100, 100, State::Paused), edge);
            let sign = [9, 10, 12, 14].map(|x| opacity_at(&paused, x, 13));
            assert_eq!(sign, [0, 255, 0, 255], "{edge}");
        }
    }

    #[test]
    fn numbers_fit_and_differ() {
        for edge in [16, 22, 24, 32, 44] {
            let number = |number| {
                let style = Style::Percent;
                drawn(Icon { style, short: number, long: None, state: State::Fresh }, edge).rgba
            };
            let mut all: Vec<_> = (0..=100).map(Some).chain([None]).map(number).collect();
            assert!(all.iter().all(|rgba| rgba.iter().any(|byte| *byte > 0)), "{edge}: an empty picture");
            all.sort();
            assert!(all.windows(2).all(|two| two[0] != two[1]), "{edge}: two numbers look the same");
        }
    }

    #[test]
    fn no_size_is_no_picture() {
        assert_eq!(draw(&Icon::default(), 0, Ink::Colours), None);
    }
}
