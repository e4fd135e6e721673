#pragma once
// The cases of schema_speed_main: arguments of tools as clients send them, and schemas as servers
// declare them.
//
// Source:  made up, in the measures of real ones: 0.3 to 2 KB, five to twenty keywords.
// Threads: constants.

namespace junctor::lang::schema {

struct SpeedCase {
  const char* name;
  const char* schema;
  const char* instance;  // Its line breaks are for the columns of this file alone.
};

inline constexpr const char* kSearchSchema = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
  "properties": {
    "query": {"type": "string", "minLength": 1, "maxLength": 500,
              "description": "What to look for"},
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
    "sort": {"type": "string", "enum": ["relevance", "date", "author"]},
    "include_archived": {"type": "boolean"},
    "tags": {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 20},
    "since": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
  },
  "required": ["query"], "additionalProperties": false})json";

inline constexpr const char* kIssueSchema = R"json({
  "type": "object",
  "properties": {
    "owner": {"type": "string", "pattern": "^[A-Za-z0-9-]+$"},
    "repo": {"type": "string", "minLength": 1},
    "title": {"type": "string", "minLength": 1, "maxLength": 256},
    "body": {"type": ["string", "null"]},
    "labels": {"type": "array", "items": {"$ref": "#/$defs/label"}, "uniqueItems": true},
    "assignees": {"type": "array", "items": {"type": "string"}, "maxItems": 10},
    "milestone": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
    "priority": {"enum": ["low", "medium", "high", "urgent"]},
    "links": {"type": "array", "items": {"type": "object",
      "properties": {"url": {"type": "string"},
        "kind": {"enum": ["blocks", "relates", "duplicates"]}},
      "required": ["url", "kind"], "additionalProperties": false}}
  },
  "$defs": {"label": {"type": "string", "minLength": 1, "maxLength": 50}},
  "required": ["owner", "repo", "title"], "additionalProperties": false})json";

inline constexpr const char* kOrderSchema = R"json({
  "type": "object",
  "properties": {
    "order_id": {"type": "string", "pattern": "^ord_[a-z0-9]{12}$"},
    "customer": {"type": "object", "properties": {
        "id": {"type": "integer", "minimum": 1}, "name": {"type": "string", "minLength": 1},
        "email": {"type": "string", "maxLength": 254}, "vip": {"type": "boolean"}},
      "required": ["id", "name"], "additionalProperties": false},
    "currency": {"enum": ["EUR", "USD", "GBP", "CHF"]},
    "address": {"$ref": "#/$defs/address"}, "billing": {"$ref": "#/$defs/address"},
    "lines": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"$ref": "#/$defs/line"}},
    "note": {"type": "string", "maxLength": 2000},
    "discount": {"type": "number", "minimum": 0, "maximum": 1}
  },
  "$defs": {
    "address": {"type": "object", "properties": {
        "street": {"type": "string"}, "zip": {"type": "string", "pattern": "^[0-9A-Z -]{3,10}$"},
        "city": {"type": "string"}, "country": {"type": "string", "minLength": 2, "maxLength": 2}},
      "required": ["street", "city", "country"], "additionalProperties": false},
    "line": {"type": "object", "properties": {
        "sku": {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4,8}$"},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 10000},
        "price": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01},
        "options": {"type": "object", "additionalProperties": {"type": "string"}}},
      "required": ["sku", "quantity", "price"]}
  },
  "required": ["order_id", "customer", "currency", "lines"], "additionalProperties": false})json";

inline constexpr const char* kSearch =
    R"json({"query": "quarterly report on the adoption of renewable
 energy in mid-sized manufacturing companies", "limit": 25, "sort": "date",
 "include_archived": false, "tags": ["energy", "industry", "report", "2024", "renewables",
 "manufacturing"], "since": "2023-01-01"})json";

inline constexpr const char* kIssue = R"json({"owner": "example-org", "repo": "gateway",
 "title": "Streaming responses stop after the first chunk when the upstream closes early",
 "body": "Steps to reproduce: start the gateway with two upstreams, call a tool that streams more
 than 64 KiB, and close the upstream's connection after the first chunk. The client waits until its
 deadline, although the gateway knows that nothing will come any more. Expected: an error that says
 so at once. It happens on every run, with one shard and with many, and regardless of TLS. The log
 has one line at level warn and nothing else.
 A workaround is to set a short deadline in the route.",
 "labels": ["bug", "streaming", "needs-triage", "p1"], "assignees": ["maria", "jun"],
 "milestone": 12, "priority": "high", "links": [
 {"url": "https://tracker.example.com/issues/4711", "kind": "relates"},
 {"url": "https://tracker.example.com/issues/815", "kind": "duplicates"}]})json";

inline constexpr const char* kOrder =
    R"json({"order_id": "ord_a1b2c3d4e5f6", "customer": {"id": 90210,
 "name": "Renata Oliveira", "email": "renata.oliveira@example.com", "vip": true},
 "currency": "EUR", "address": {"street": "Rua das Flores 123, 4 andar, apartamento 41",
 "zip": "4050-262", "city": "Porto", "country": "PT"}, "billing": {"street": "Avenida da Liberdade
 110", "zip": "1269-046", "city": "Lisboa", "country": "PT"}, "lines": [
 {"sku": "ABC-10023", "quantity": 2, "price": 19.99, "options": {"color": "blue", "size": "M"}},
 {"sku": "DEF-20044", "quantity": 1, "price": 249.00, "options": {"engraving": "Para a Renata"}},
 {"sku": "GHI-30011", "quantity": 12, "price": 3.5}, {"sku": "JKL-40078", "quantity": 5,
 "price": 7.25, "options": {"color": "black", "material": "cotton", "size": "L"}},
 {"sku": "MNO-50019", "quantity": 1, "price": 89.9, "options": {"warranty": "3 years"}},
 {"sku": "PQR-60055", "quantity": 40, "price": 0.75}, {"sku": "STU-70032", "quantity": 3,
 "price": 14.2, "options": {"scent": "lavender", "size": "500 ml"}},
 {"sku": "VWX-80067", "quantity": 2, "price": 33.0, "options": {"language": "pt"}},
 {"sku": "YZA-90081", "quantity": 6, "price": 5.95}, {"sku": "BCD-11092", "quantity": 1,
 "price": 1299.0, "options": {"color": "silver", "storage": "1 TB", "keyboard": "pt-PT"}}],
 "note": "Please deliver after 18:00 and ring at the neighbour's when nobody answers; the parcel
 must not be left outside, since it often rains in the afternoon. Thank you very much indeed!",
 "discount": 0.15})json";

inline constexpr SpeedCase kSpeedCases[] = {
    {"search", kSearchSchema, kSearch},
    {"issue", kIssueSchema, kIssue},
    {"order", kOrderSchema, kOrder},
};

}  // namespace junctor::lang::schema
