//! Finds the links of a page in Markdown and where they lead within the project.

use std::fs;
use std::path::{Path, PathBuf};

use crate::pages;

/// The links of a page that lead into the project, with the part after `#`.
fn links(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let targets = text.split("](").skip(1).filter_map(|after| after.split_once(')')).map(|(target, _)| target);
    let here = targets.filter(|target| !target.contains("://"));
    here.map(|target| target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading))))
}

/// How a heading is called in links: lower case, words joined by hyphens, no punctuation.
fn anchor(heading: &str) -> String {
    let kept = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
    let lower = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    lower.chars().filter(|letter| kept(*letter)).collect()
}

fn leads_somewhere(page: &Path, file: &str, heading: Option<&str>) -> bool {
    let target: PathBuf = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().join(file) };
    match heading {
        None => target.exists(),
        Some(heading) => fs::read_to_string(target)
            .is_ok_and(|text| text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading)),
    }
}

#[test]
fn every_link_leads_to_a_page_and_a_heading_that_are_there() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for (file, heading) in links(&text) {
            assert!(leads_somewhere(&page, file, heading), "{}: {file}#{}", page.display(), heading.unwrap_or(""));
        }
    }
}
