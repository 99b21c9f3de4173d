//! The headings of the document, by the line of its plain text at which each starts.

/// The heading under which a line of the document stands.
pub fn section(line: u16) -> Option<&'static str> {
    let line = (1..=LAST_LINE).contains(&line).then_some(line)?;
    SECTIONS.iter().rev().find(|(start, _)| *start <= line).map(|(_, name)| *name)
}

/// The last line of the document.
const LAST_LINE: u16 = 1372;

static SECTIONS: [(u16, &str); 17] = [
    (1, "Introduction"),
    (20, "Create"),
    (111, "List"),
    (155, "Delete"),
    (177, "Get"),
    (236, "Reset"),
    (285, "Update"),
    (329, "Run now"),
    (400, "Runs submit"),
    (484, "Runs list"),
    (560, "Runs get"),
    (645, "Runs export"),
    (696, "Runs cancel"),
    (721, "Runs cancel all"),
    (746, "Runs get output"),
    (817, "Runs delete"),
    (840, "Data structures"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Endpoint;

    #[test]
    fn every_endpoint_is_described_in_its_section() {
        for endpoint in Endpoint::ALL {
            let signature = endpoint.signature();
            assert_eq!(section(signature.line), Some(signature.section), "{endpoint:?}");
        }
    }

    #[test]
    fn a_line_stands_under_the_last_heading_before_it() {
        assert_eq!(section(1), Some("Introduction"));
        assert_eq!(section(19), Some("Introduction"));
        assert_eq!(section(20), Some("Create"));
        assert_eq!(section(328), Some("Update"));
        assert_eq!(section(329), Some("Run now"));
        assert_eq!(section(399), Some("Run now"));
        assert_eq!(section(400), Some("Runs submit"));
        assert_eq!(section(839), Some("Runs delete"));
        assert_eq!(section(1372), Some("Data structures"));
    }

    #[test]
    fn a_line_outside_the_document_stands_nowhere() {
        assert_eq!(section(0), None);
        assert_eq!(section(1373), None);
    }
}
