//! stub
pub struct Voicemail {
    pub told: super::Told,
    pub sound: Vec<u8>,
    pub name: String,
}
pub fn open(_: &[u8], _: &str, _: usize) -> Option<Voicemail> {
    None
}
