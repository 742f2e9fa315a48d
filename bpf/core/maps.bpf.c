// SPDX-License-Identifier: GPL-2.0-only OR MIT
#include "maps.h"

struct ss_connections_map connections SEC(".maps");
struct ss_dialogues_map dialogues SEC(".maps");
struct ss_http2_connections_map http2_connections SEC(".maps");
struct ss_http2_blocks_map http2_blocks SEC(".maps");
struct ss_http2_names_map http2_names SEC(".maps");
struct ss_user_messages_map user_messages SEC(".maps");
struct ss_backends_map backends SEC(".maps");
struct ss_free_backends_map free_backends SEC(".maps");
struct ss_backend_index_map backend_index SEC(".maps");
struct ss_members_map members SEC(".maps");
struct ss_events_map events SEC(".maps");
struct ss_control_map control SEC(".maps");
struct ss_scratch_map scratch SEC(".maps");
struct ss_request_heads_map request_heads SEC(".maps");
struct ss_hints_map hints SEC(".maps");
struct ss_unix_names_map unix_names SEC(".maps");

/* The kernel gives some helpers to GPL-compatible programs only. */
char LICENSE[] SEC("license") = "Dual MIT/GPL";
