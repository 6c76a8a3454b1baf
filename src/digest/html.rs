//! The letter as HTML: the template beside this file, which escapes every text it is given.

use super::Digest;
use askama::Template;

#[derive(Template)]
#[template(path = "letter.html")]
struct Page<'a> {
    digest: &'a Digest,
}

pub(super) fn write(digest: &Digest) -> Result<String, std::fmt::Error> {
    Page { digest }.render().map_err(|_| std::fmt::Error)
}
