//! Rows of numbers in a text file: a name, a scale, and signed bytes in hexadecimal that it multiplies.

use super::LearnedError;

/// One row: its name and its numbers.
pub(super) type Row<'a> = (&'a str, Vec<f32>);

/// The rows of `text`; empty lines and lines that begin with `# ` are passed over.
pub(super) fn rows<'a>(
    file: &'static str,
    text: &'a str,
) -> impl Iterator<Item = Result<Row<'a>, LearnedError>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with("# "));
    lines.map(move |(index, line)| {
        row(line).ok_or(LearnedError { file, line: index + 1, problem: "not a name, a scale and bytes" })
    })
}

fn row(line: &str) -> Option<Row<'_>> {
    let mut parts = line.split('\t');
    let (name, scale, bytes) = (parts.next()?, parts.next()?.parse::<f32>().ok()?, parts.next()?);
    let numbers = bytes.as_bytes().chunks(2).map(|pair| {
        let byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        Some(f32::from(byte.cast_signed()) * scale)
    });
    Some((name, numbers.collect::<Option<Vec<f32>>>()?))
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn a_row_is_a_name_a_scale_and_signed_bytes() {
        let read = rows("f", "# a comment\n\nword\t0.5\t0102ff80\n").collect::<Result<Vec<_>, _>>();
        assert_eq!(read.expect("rows"), [("word", vec![0.5, 1.0, -0.5, -64.0])]);
    }

    #[test]
    fn a_bad_row_is_told_with_its_line() {
        for text in ["word\n", "word\tx\t00\n", "word\t1\t0g\n"] {
            let error = rows("f", text).next().expect("a row").expect_err("bad");
            assert_eq!((error.file, error.line), ("f", 1));
        }
    }
}
