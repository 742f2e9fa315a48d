/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The table of connections behind a few functions, so that its representation can be changed by a measurement.
 * Claims and publications for one socket are serialised by the socket's lock. connection_release may race with
 * itself (an audit beside the end of a connection) and lets exactly one caller win. A record that was found without
 * the lock may be gone, and be another's, by the time it is written to: only activity and owner are written so.
 */
#ifndef SLOTSCOPE_CONNECTION_TABLE_H
#define SLOTSCOPE_CONNECTION_TABLE_H

#include "maps.h"

#include <bpf/bpf_helpers.h>

/* A way that is being filled or emptied. Never a cookie: those count up from 1. */
#define SS_COOKIE_CLAIMED (~0ULL)

/* Where a record stands: bucket * SS_WAYS + way; negative: nowhere. */
typedef long ss_place;

/* The record of the socket with this cookie, or NULL. */
__hidden struct ss_connection *connection_find(u64 cookie);

/* Claims a free way that is not yet visible; negative when both buckets are full. Fill it, then publish it. */
__hidden ss_place connection_claim(u64 cookie);

/* The record at a place that connection_claim gave. */
__hidden struct ss_connection *connection_at(ss_place place);

/* Makes a claimed record visible under its cookie. */
__hidden int connection_publish(ss_place place, u64 cookie);

/*
 * Claims the record for its end: its place for the one caller that wins, negative for any other. From then on
 * it is invisible; end with connection_forget.
 */
__hidden ss_place connection_release(u64 cookie);

/* Frees a released way. Its content stays readable as GONE until the way is used again. */
__hidden int connection_forget(ss_place place);

#endif
