// The main jobs of a client, done with types that openapi-typescript made of the document. Each throws where it fails.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.ts";

type Schemas = components["schemas"];

const { BASE_URL: baseUrl = "", TOKEN: token = "", SYMBOL: symbol = "" } = process.env;
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Token ${token}` } });
const strategy_id: Schemas["StrategyId"] = "orderbook_skew";
const path = { strategy_id, symbol };

async function readDepth(): Promise<void> {
  const { data, error } = await client.GET("/api/v1/metrics/depth/{symbol}", { params: { path: { symbol } } });
  assert(data, JSON.stringify(error));
  const state: Schemas["BookState"] = data.state;
  const best: number | null = data.spread.best_bid;
  assert.equal(state, "live");
  assert(best !== null && best > 0);
}

async function readPressure(): Promise<void> {
  const timeframe: Schemas["Timeframe"] = "1m";
  const params = { path: { symbol }, query: { timeframe } };
  const { data, error } = await client.GET("/api/v1/metrics/pressure/{symbol}", { params });
  assert(data, JSON.stringify(error));
  assert.equal(data.timeframe, timeframe);
  assert.equal(data.pressure_history.length, data.returned_data_points);
}

async function listSignals(): Promise<void> {
  const { data } = await client.GET("/api/v1/signals", { params: { query: { state: "sent", limit: 5 } } });
  assert(data);
  const [newest] = data.signals;
  assert(newest);
  const action: Schemas["SignalAction"] = newest.action;
  const confidence: number = newest.confidence;
  assert(["buy", "sell", "hold"].includes(action) && confidence > 0);
}

async function change(): Promise<void> {
  const address = "/api/v1/strategies/{strategy_id}/config/{symbol}";
  const before = await client.GET(address, { params: { path } });
  const tag = before.response.headers.get("ETag");
  assert(before.data && tag);
  const level = Number(before.data.data.parameters["top_levels"]) + 1;
  const body = { parameters: { top_levels: level }, reason: "thin touch", validate_only: false, replace: false };
  const changed = await client.POST(address, { params: { path, header: { "If-Match": tag } }, body });
  assert(changed.data, changed.error?.error.message);
  assert.equal(changed.data.data.parameters["top_levels"], level);
  const provenance: Schemas["Layer"] | undefined = changed.data.data.provenance["top_levels"];
  assert.equal(provenance, "symbol");
  const again = await client.POST(address, { params: { path, header: { "If-Match": tag } }, body });
  assert.equal(again.response.status, 412);
  assert.equal(again.error?.error.code, "PRECONDITION_FAILED");
}

async function rollBack(): Promise<void> {
  await change();
  const address = "/api/v1/strategies/{strategy_id}/config/{symbol}";
  const before = await client.GET(address, { params: { path } });
  const rolled = await client.POST("/api/v1/strategies/{strategy_id}/rollback/{symbol}", {
    params: { path },
    body: { reason: "filled badly" },
  });
  assert(rolled.data && before.data, rolled.error?.error.message);
  assert.equal(rolled.data.metadata?.action, "rolled_back");
  assert.notDeepEqual(rolled.data.data.parameters, before.data.data.parameters);
}

async function haltAndResume(): Promise<void> {
  const halt = { params: { path }, body: { reason: "exchange maintenance", confirm_unknown: false } };
  const halted = await client.POST("/api/v1/strategies/{strategy_id}/halt/{symbol}", halt);
  assert(halted.data, halted.error?.error.message);
  const state: Schemas["HaltState"] = halted.data.data.state;
  assert.equal(state, "HALTED");
  assert.equal(halted.data.data.halted_by[0]?.reason, "exchange maintenance");
  const resume = { params: { path }, body: { reason: "exchange is back" } };
  const resumed = await client.POST("/api/v1/strategies/{strategy_id}/resume/{symbol}", resume);
  assert.equal(resumed.data?.data.state, "ACTIVE");
}

async function unknownSymbol(): Promise<void> {
  const { error } = await client.GET("/api/v1/metrics/depth/{symbol}", { params: { path: { symbol: "NOSUCH" } } });
  assert(error && "message" in error);
  assert.match(error.error, /NOSUCH/);
}

for (const job of [readDepth, readPressure, listSignals, change, rollBack, haltAndResume, unknownSymbol]) {
  await job();
  console.log(job.name);
}
