//! The rooms' parts as commands need them: rules, judge, store, model, ear, carrier, clock, look.

use super::Failure;
use crate::config::{self, CarrierChoice, Loaded, MailConfig, ModelChoice, SecurityChoice};
use crate::domain::{CallId, Millis, Owner};
use crate::judge::{Judge, RuleSet, RuleSource};
use crate::mail::{Addresses, Carrier, Login, Password, PasswordSources, Security, Sendmail, Smtp};
use crate::pipeline::{self, EarSettings, Listener, ModelInfo, catalogue_file};
use crate::store::{Store, StoreError};
use crate::ui::Look;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// The shipped rules with the owner's over them.
pub(super) fn rules(loaded: &Loaded) -> Result<RuleSet, Failure> {
    let own: Vec<RuleSource> = loaded
        .owner_rules()?
        .into_iter()
        .map(|(path, text)| RuleSource { name: path.display().to_string(), text })
        .collect();
    Ok(RuleSet::shipped()?.merge(&own)?)
}

/// A judge by the shipped rules and the owner's.
pub(super) fn judge(loaded: &Loaded) -> Result<Judge, Failure> {
    judge_by(&rules(loaded)?, &loaded.config.owner)
}

/// A judge by these rules for this owner.
pub(super) fn judge_by(rules: &RuleSet, owner: &Owner) -> Result<Judge, Failure> {
    Judge::new(rules, owner).map_err(|error| Failure::new(error, "`dime rules check` tries every rule"))
}

pub(super) fn state_dir() -> Result<PathBuf, Failure> {
    Ok(config::state_dir()?)
}

/// The store for reading; `None` before the first watch.
pub(super) fn read_store() -> Result<Option<Store>, Failure> {
    match Store::open_read_only(&state_dir()?) {
        Ok(store) => Ok(Some(store)),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The store for changing this call; `None` when there is no such call.
pub(super) fn store_with(call: CallId) -> Result<Option<Store>, Failure> {
    if read_store()?.is_none() {
        return Ok(None);
    }
    let store = Store::open(&state_dir()?)?;
    Ok(store.call(call)?.is_some().then_some(store))
}

/// The model file that the configuration means.
pub(super) fn model(loaded: &Loaded) -> Result<PathBuf, Failure> {
    match loaded.config.hearing.model() {
        ModelChoice::File(path) => Ok(path),
        ModelChoice::Named { name, folders } => {
            let file = catalogue_file(&name).ok_or_else(|| {
                let help = "name one of `python3 models/fetch.py --list`, or give the path of a ggml file";
                Failure::new(format_args!("hearing.model is `{name}`, which is not in the catalogue"), help)
            })?;
            let places: Vec<_> = folders.iter().map(|folder| folder.join(&file)).collect();
            let there = places.iter().find(|path| path.exists()).cloned();
            there.ok_or_else(|| {
                let folders: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
                Failure::new(
                    format_args!("the speech model {file} is in none of {}", folders.join(", ")),
                    format!("`make model` in dime's source makes it, or `python3 models/fetch.py {name}`"),
                )
            })
        }
    }
}

/// Whether the model is the one it should be and knows the configured language.
pub(super) fn check_model(loaded: &Loaded, model: &Path) -> Result<ModelInfo, Failure> {
    let hearing = &loaded.config.hearing;
    let info = pipeline::check_model(model, hearing.model_sha256.as_deref())?;
    if let Some(language) = hearing.language() {
        pipeline::check_language(model, &language)?;
    }
    Ok(info)
}

/// How messages are heard: another ear is needed only where this is another.
#[derive(Clone, PartialEq)]
pub(super) struct Hearing {
    settings: EarSettings,
    /// The model file itself may be another under the same name.
    model_sha256: String,
}

impl Hearing {
    /// As configured, with the model checked.
    pub(super) fn of(loaded: &Loaded) -> Result<Self, Failure> {
        let hearing = &loaded.config.hearing;
        let model = model(loaded)?;
        let model_sha256 = check_model(loaded, &model)?.sha256;
        let settings = EarSettings {
            model,
            model_sha256: hearing.model_sha256.clone(),
            language: hearing.language(),
            threads: hearing.threads,
            memory_bytes: hearing.memory_bytes(),
            max_bytes: loaded.config.intake.max_bytes(),
            max_duration: hearing.max_duration(),
            patience: hearing.patience(),
            seconds_per_second: hearing.seconds_per_second(),
        };
        Ok(Self { settings, model_sha256 })
    }

    /// An ear that hears so.
    pub(super) fn ear(&self) -> Listener {
        pipeline::listener(self.settings.clone())
    }
}

/// An ear with the configured model, which is checked first.
pub(super) fn ear(loaded: &Loaded) -> Result<Listener, Failure> {
    Ok(Hearing::of(loaded)?.ear())
}

/// What carries letters, as `[mail]` says.
pub(super) fn carrier(loaded: &Loaded) -> Result<Carrier, Failure> {
    let mail = &loaded.config.mail;
    let needed = [
        ("host", mail.carrier == CarrierChoice::Smtp && mail.host.is_empty()),
        ("from", mail.from.is_empty()),
    ];
    if let Some((key, _)) = needed.iter().find(|(_, missing)| *missing) {
        let help = "fill in [mail] in the configuration: from, to and host, or carrier = \"sendmail\"";
        return Err(Failure::new(format_args!("mail.{key} is not set, so no letter can be sent"), help));
    }
    let addresses = Addresses::new(&mail.from, &mail.to)?;
    Ok(match mail.carrier {
        CarrierChoice::Sendmail => {
            let (program, timeout) = (mail.sendmail.clone(), mail.timeout());
            Carrier::Sendmail(Sendmail { addresses, program, timeout })
        }
        CarrierChoice::Smtp => Carrier::Smtp(Smtp {
            addresses,
            host: mail.host.clone(),
            port: mail.port(),
            security: match mail.security {
                SecurityChoice::StartTls => Security::StartTls,
                SecurityChoice::Tls => Security::Tls,
                SecurityChoice::None => Security::None,
            },
            login: login(mail)?,
            timeout: mail.timeout(),
            ca_file: mail.ca_file.clone(),
        }),
    })
}

/// Who logs in at the mail server; `None` when it needs nobody.
fn login(mail: &MailConfig) -> Result<Option<Login>, Failure> {
    if mail.user.is_empty() {
        return Ok(None);
    }
    let sources = PasswordSources {
        file: mail.password_file.clone(),
        credentials: std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from),
        variable: std::env::var("DIME_SMTP_PASSWORD").ok().map(Password::new),
    };
    Ok(Some(Login { user: mail.user.clone(), password: sources.read()? }))
}

/// How answers for people look on standard output.
pub(super) fn look() -> Look {
    let terminal = std::io::stdout().is_terminal();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let width = terminal.then(|| rustix::termios::tcgetwinsize(std::io::stdout()).ok()).flatten();
    let width = width.map(|size| size.ws_col).filter(|&columns| columns > 0);
    Look { colour: terminal && !plain, width, zone: TimeZone::system() }
}

/// The time now.
pub(super) fn now() -> Millis {
    Timestamp::now().into()
}

/// A runtime for the commands that wait: for files, signals and the child that hears.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|error| {
        Failure::new(format_args!("no threads to work with: {error}"), "raise the limit on processes")
    })
}
