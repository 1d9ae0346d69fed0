//! The service itself: what it was asked, what it keeps, how it answers.

use super::reply::{Reply, message};
use crate::http::{Answer, Exchange, Request};
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// DataPipe takes no more in one request.
const DATA_PIPE_MAX_BYTES: usize = 32 << 20;
/// Every experiment id of DataPipe has this many letters.
const EXPERIMENT_ID_LENGTH: usize = 12;

/// Where data are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// DataPipe's `/api/data/`.
    DataPipe,
    /// JATOS's result data.
    JatosResult,
    /// JATOS's result files.
    JatosFile,
    /// JATOS's end of a study.
    JatosEnd,
    /// JATOS's abort of a study, which deletes its results.
    JatosAbort,
    /// A POST address of one's own.
    Own,
}

impl Route {
    /// Its path; for JATOS as [`super::jatos_js`] asks for it.
    pub fn path(self) -> &'static str {
        match self {
            Self::DataPipe => "/api/data/",
            Self::JatosResult => "/publix/study-result/component/resultData",
            Self::JatosFile => "/publix/study-result/component/files/",
            Self::JatosEnd => "/publix/study-result/end",
            Self::JatosAbort => "/publix/study-result/abort",
            Self::Own => "/own/",
        }
    }

    fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match parts.as_slice() {
            ["api", "data"] => Some(Self::DataPipe),
            ["publix", _, _, "resultData"] => Some(Self::JatosResult),
            ["publix", _, _, "files", _] => Some(Self::JatosFile),
            ["publix", _, "end"] => Some(Self::JatosEnd),
            ["publix", _, "abort"] => Some(Self::JatosAbort),
            ["own"] => Some(Self::Own),
            _ => None,
        }
    }

    fn allows(self, method: &str) -> bool {
        match self {
            Self::DataPipe | Self::JatosFile | Self::Own => method == "POST",
            Self::JatosResult => ["PUT", "POST"].contains(&method),
            Self::JatosEnd | Self::JatosAbort => method == "GET",
        }
    }
}

/// The service; clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct FakeService {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    scripts: BTreeMap<Route, VecDeque<Reply>>,
    received: Vec<(Route, Request)>,
    data_pipe_files: BTreeMap<String, String>,
    jatos_result: String,
    jatos_files: BTreeMap<String, Vec<u8>>,
    own: Vec<String>,
}

impl FakeService {
    /// How the next requests to a route are answered, one reply a request; afterwards the service
    /// answers as the real one does.
    pub fn script(&self, route: Route, replies: impl IntoIterator<Item = Reply>) {
        self.state().scripts.entry(route).or_default().extend(replies);
    }

    /// Forgets the replies that were scripted and not yet given.
    pub fn heal(&self) {
        self.state().scripts.clear();
    }

    /// Every request to a route, in order, whatever it was answered; questions ahead of a request
    /// (`OPTIONS`) are none.
    pub fn received(&self, route: Route) -> Vec<Request> {
        let state = self.state();
        let of_route = state.received.iter().filter(|(at, _)| *at == route);
        of_route.map(|(_, request)| request.clone()).collect()
    }

    /// DataPipe's files: name and content.
    pub fn data_pipe_files(&self) -> BTreeMap<String, String> {
        self.state().data_pipe_files.clone()
    }

    /// JATOS's result data as they stand.
    pub fn jatos_result(&self) -> String {
        self.state().jatos_result.clone()
    }

    /// JATOS's result files: name and content.
    pub fn jatos_files(&self) -> BTreeMap<String, Vec<u8>> {
        self.state().jatos_files.clone()
    }

    /// The bodies that the address of one's own has stored.
    pub fn own(&self) -> Vec<String> {
        self.state().own.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that failed while it held the lock has already said so.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the request is for one of the routes.
    pub(crate) fn serves(&self, request: &Request) -> bool {
        Route::of(&request.path).is_some()
    }

    pub(crate) fn serve(&self, exchange: Exchange) {
        let Some(route) = Route::of(&exchange.request.path) else {
            return exchange.answer(&with_cors(error(404, "no such route")));
        };
        if exchange.request.method == "OPTIONS" {
            return exchange.answer(&with_cors(Answer::new(204, "text/plain", "")));
        }
        if !route.allows(&exchange.request.method) {
            return exchange.answer(&with_cors(error(405, "not with this method")));
        }
        let reply = self.note(route, &exchange.request);
        let stores = reply.stores();
        let real = stores.then(|| self.store(route, &exchange.request));
        give(exchange, reply, real);
    }

    /// Records a request and gives the scripted reply to it.
    fn note(&self, route: Route, request: &Request) -> Reply {
        let mut state = self.state();
        state.received.push((route, request.clone()));
        state.scripts.get_mut(&route).and_then(VecDeque::pop_front).unwrap_or(Reply::AsReal)
    }

    /// Does what the real service does, and gives what it says.
    fn store(&self, route: Route, request: &Request) -> Answer {
        let done = match route {
            Route::DataPipe => Ok(self.store_data_pipe(request)),
            Route::JatosResult => self.store_jatos_result(request),
            Route::JatosFile => self.store_jatos_file(request),
            Route::JatosEnd => Ok(Answer::new(200, "text/plain", "")),
            Route::JatosAbort => {
                let mut state = self.state();
                (state.jatos_result, state.jatos_files) = Default::default();
                Ok(Answer::new(200, "text/plain", ""))
            }
            Route::Own => request.text().map(|text| {
                self.state().own.push(text.to_owned());
                Answer::new(200, "text/plain", "")
            }),
        };
        done.unwrap_or_else(|fault| error(400, &fault.to_string()))
    }

    fn store_data_pipe(&self, request: &Request) -> Answer {
        if request.body.len() > DATA_PIPE_MAX_BYTES {
            return error(413, "request entity too large");
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let field = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
        let (Some(experiment), Some(file), Some(data)) =
            (field("experimentID"), field("filename"), field("data"))
        else {
            return data_pipe_error("MISSING_PARAMETER");
        };
        if experiment.len() != EXPERIMENT_ID_LENGTH {
            return data_pipe_error("EXPERIMENT_NOT_FOUND");
        }
        let mut state = self.state();
        if state.data_pipe_files.contains_key(file) {
            return data_pipe_error("OSF_FILE_EXISTS");
        }
        state.data_pipe_files.insert(file.to_owned(), data.to_owned());
        Answer::new(201, "application/json", json!({"message": "Success"}).to_string())
    }

    fn store_jatos_result(&self, request: &Request) -> anyhow::Result<Answer> {
        let text = request.text()?;
        let mut state = self.state();
        if request.method == "PUT" {
            state.jatos_result.clear();
        }
        state.jatos_result.push_str(text);
        Ok(Answer::new(200, "text/plain", ""))
    }

    fn store_jatos_file(&self, request: &Request) -> anyhow::Result<Answer> {
        let name = request.path.rsplit('/').next().context("a file without a name")?;
        self.state().jatos_files.insert(name.to_owned(), request.body.clone());
        Ok(Answer::new(200, "text/plain", ""))
    }
}

/// Answers as the reply says; `real` is what the service itself says to something stored.
fn give(exchange: Exchange, reply: Reply, real: Option<Answer>) {
    match reply {
        Reply::AsReal => match real {
            Some(real) => exchange.answer(&with_cors(real)),
            None => exchange.answer(&with_cors(error(500, "nothing to say"))),
        },
        Reply::Status(status) => {
            let body = json!({"message": if status < 300 { "Success" } else { "Failure" }});
            let answer = Answer::new(status, "application/json", body.to_string());
            exchange.answer(&with_cors(answer));
        }
        Reply::DataPipeError(name) => exchange.answer(&with_cors(data_pipe_error(name))),
        Reply::WithoutCors => exchange.answer(&error(503, "out of memory")),
        Reply::Hang(long) => {
            std::thread::sleep(long);
            drop(exchange);
        }
        Reply::Drop => drop(exchange),
        Reply::Late(late, reply) => {
            std::thread::sleep(late);
            give(exchange, *reply, real);
        }
        Reply::StoredThen(reply) => give(exchange, *reply, real),
    }
}

fn error(status: u16, message: &str) -> Answer {
    Answer::new(status, "application/json", json!({"message": message}).to_string())
}

fn data_pipe_error(name: &str) -> Answer {
    let body = json!({"error": name, "message": message(name)});
    Answer::new(400, "application/json", body.to_string())
}

fn with_cors(answer: Answer) -> Answer {
    answer
        .with("Access-Control-Allow-Origin", "*")
        .with("Access-Control-Allow-Methods", "GET, PUT, POST, OPTIONS")
        .with("Access-Control-Allow-Headers", "Content-Type, Content-Encoding, Accept")
}
