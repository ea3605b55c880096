use std::fmt;

/// Figures with the aims that they are held against by whoever reads them.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<[String; 3]>,
}

impl Table {
    pub(crate) fn row(&mut self, what: impl Into<String>, figure: impl Into<String>, aim: &str) {
        self.rows.push([what.into(), figure.into(), aim.to_owned()]);
    }
}

/// Bytes as people read them.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["what", "figure", "aim"].map(str::to_owned);
        let rows = std::iter::once(&head).chain(&self.rows);
        let width = |column: usize| rows.clone().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let [what, figure, aim] = [width(0), width(1), width(2)];
        writeln!(f, "| {:what$} | {:>figure$} | {:aim$} |", head[0], head[1], head[2])?;
        writeln!(f, "|{}|{}:|{}|", "-".repeat(what + 2), "-".repeat(figure + 1), "-".repeat(aim + 2))?;
        self.rows.iter().try_for_each(|row| writeln!(f, "| {:what$} | {:>figure$} | {:aim$} |", row[0], row[1], row[2]))
    }
}
