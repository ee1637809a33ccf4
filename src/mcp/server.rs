//! Requests of a client → calls at the desk, each in its turn → results.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ErrorData, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::Desk;
use super::reply::refused;
use super::tools::{Effect, INSTRUCTIONS, TOOLS, Tool, Work};

/// How many calls read at once: each may hold an artifact in memory.
const READERS: usize = 4;

/// The desk, and whose turn it is.
pub(super) struct Server {
    desk: Arc<dyn Desk>,
    reading: Arc<Semaphore>,
    publishing: Arc<Semaphore>,
}

impl Server {
    pub(super) fn new(desk: Arc<dyn Desk>) -> Self {
        Self { desk, reading: Arc::new(Semaphore::new(READERS)), publishing: Arc::new(Semaphore::new(1)) }
    }

    /// The turn of whoever publishes; to have it means that nothing is being published.
    pub(super) fn publishing(&self) -> Arc<Semaphore> {
        Arc::clone(&self.publishing)
    }

    /// Waits for its turn and does the work. What was called off before its turn is not begun; what has begun goes on.
    async fn run(&self, tool: &Tool, work: Work, context: &RequestContext<RoleServer>) -> CallToolResult {
        let turns = match tool.effect {
            Effect::Reads | Effect::Asks => &self.reading,
            Effect::Publishes => &self.publishing,
        };
        let turn = tokio::select! {
            biased;
            () = context.ct.cancelled() => return refused("called off before it began"),
            turn = Arc::clone(turns).acquire_owned() => turn,
        };
        let desk = Arc::clone(&self.desk);
        let done = spawn_blocking(move || {
            let _turn = turn;
            catch_unwind(AssertUnwindSafe(|| work(desk.as_ref())))
        });
        match done.await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => refused(broken(tool.effect)),
        }
    }
}

/// What there is to say when the work broke off.
fn broken(effect: Effect) -> &'static str {
    match effect {
        Effect::Reads | Effect::Asks => "a fault inside lastlook broke this off; nothing follows from it",
        Effect::Publishes => {
            "a fault inside lastlook broke this off, and whether it was published is not known: ask release_status, \
             then verify, and do not publish again before that"
        }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("lastlook", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(TOOLS.iter().map(Tool::told).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = Tool::named(&request.name) else {
            return Err(ErrorData::invalid_params("there is no such tool: tools/list has those there are", None));
        };
        let result = match tool.call(request.arguments.unwrap_or_default()) {
            Ok(work) => self.run(tool, work, &context).await,
            Err(why) => refused(&why),
        };
        Ok(result.into())
    }
}
