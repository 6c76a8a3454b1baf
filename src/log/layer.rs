//! Stands before whatever writes the log, and masks every text of every event: no message can be forgotten.

use super::mask::masked;
use std::fmt::{Debug, Write as _};
use tracing::field::{Field, Value, Visit, display};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// The name of the field that holds an event's message.
const MESSAGE: &str = "message";

/// What the message of an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Message {
    /// Its own words: the writer puts the fields beside it.
    Alone,
    /// Its own words and all fields, for a writer whose readers see nothing else.
    InFull,
}

/// A writer of the log that sees no number.
pub(super) struct Masked<L> {
    writer: L,
    message: Message,
}

impl<L> Masked<L> {
    pub(super) const fn new(writer: L, message: Message) -> Self {
        Self { writer, message }
    }
}

impl<S: Subscriber, L: Layer<S>> Layer<S> for Masked<L> {
    /// Spans are left out: what they say would not be masked. dime has none.
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.is_event()
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let fields = event.metadata().fields();
        let mut told = Told { values: fields.iter().map(|_| None).collect(), ..Told::default() };
        event.record(&mut told);
        if self.message == Message::InFull
            && let Some(message) = fields.field(MESSAGE)
        {
            told.put(&message, Box::new(display(format!("{}{}", told.message, told.rest))));
        }
        let values: Vec<Option<&dyn Value>> = told.values.iter().map(Option::as_deref).collect();
        self.writer.on_event(&Event::new(event.metadata(), &fields.value_set_all(&values)), context);
    }
}

/// The masked texts of one event.
#[derive(Default)]
struct Told {
    /// A value for each field, where it has one.
    values: Vec<Option<Box<dyn Value>>>,
    message: String,
    /// ` name=value` for every field but the message.
    rest: String,
}

impl Told {
    fn put(&mut self, field: &Field, value: Box<dyn Value>) {
        if let Some(place) = self.values.get_mut(field.index()) {
            *place = Some(value);
        }
    }

    fn tell(&mut self, field: &Field, text: &str) {
        if field.name() == MESSAGE {
            text.clone_into(&mut self.message);
        } else {
            // Writing to a text does not fail.
            let _ = write!(self.rest, " {}={text}", field.name());
        }
    }
}

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = masked(&format!("{value:?}")).into_owned();
        self.tell(field, &text);
        self.put(field, Box::new(display(text)));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let text = masked(value).into_owned();
        self.tell(field, &text);
        self.put(field, Box::new(text));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.tell(field, &value.to_string());
        self.put(field, Box::new(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.tell(field, &value.to_string());
        self.put(field, Box::new(value));
    }
}

#[cfg(test)]
mod tests {
    use super::{Masked, Message};
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt;
    use tracing_subscriber::prelude::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(message: Message) -> String {
        let written = Written::default();
        let writer = written.clone();
        let text = fmt::layer().with_writer(move || writer.clone()).with_ansi(false).without_time();
        let log = tracing_subscriber::registry().with(Masked::new(text.with_target(false), message));
        tracing::subscriber::with_default(log, || {
            let problem = "/spool/+15095550196.wav: gone";
            tracing::warn!(call = 12_345_678, problem, %problem, "a call of {}", "5095550196");
        });
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn message_and_fields_are_masked_and_numbers_of_calls_are_not() {
        let masked = "/spool/+1509*****96.wav: gone";
        let fields = format!("call=12345678 problem=\"{masked}\" problem={masked}");
        assert_eq!(written(Message::Alone), format!(" WARN a call of 509*****96 {fields}\n"));
    }

    #[test]
    fn a_message_in_full_tells_the_fields_too() {
        let text = written(Message::InFull);
        let start = " WARN a call of 509*****96 call=12345678 problem=/spool/+1509*****96.wav: gone ";
        assert!(text.starts_with(start), "{text}");
    }
}
