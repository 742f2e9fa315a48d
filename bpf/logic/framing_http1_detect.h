/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Does a connection speak HTTP/1.x? Asked of what it begins with, and strict: other protocols have commands with the
 * names of methods (Redis GET, COPY and MOVE; NATS CONNECT).
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_HTTP1_DETECT_H
#define SLOTSCOPE_LOGIC_FRAMING_HTTP1_DETECT_H

#include <stdbool.h>

#include "framing_scan.h"

#define SS_HTTP1_HEAD    0x48454144ULL /* names as numbers: their characters are the digits */
#define SS_HTTP1_CONNECT 0x434f4e4e454354ULL

/* The methods of RFC 9110 and 5789, of WebDAV (RFC 4918, 3253, 5323) and of caches. */
static SS_INLINE bool ss_http1_is_method(__u64 name)
{
	switch (name) {
	case 0x474554: /* GET */
	case SS_HTTP1_HEAD:
	case 0x504f5354:       /* POST */
	case 0x505554:         /* PUT */
	case 0x44454c455445:   /* DELETE */
	case 0x4f5054494f4e53: /* OPTIONS */
	case 0x5041544348:     /* PATCH */
	case 0x5452414345:     /* TRACE */
	case SS_HTTP1_CONNECT:
	case 0x50524f5046494e44: /* PROPFIND */
	case 0x4d4b434f4c:       /* MKCOL */
	case 0x434f5059:         /* COPY */
	case 0x4d4f5645:         /* MOVE */
	case 0x4c4f434b:         /* LOCK */
	case 0x554e4c4f434b:     /* UNLOCK */
	case 0x5245504f5254:     /* REPORT */
	case 0x534541524348:     /* SEARCH */
	case 0x5055524745:       /* PURGE */
	case 0x42414e:           /* BAN */
		return true;
	}
	return false;
}

/* Up to 8 bytes as a number, the first highest. */
static SS_INLINE __u64 ss_http1_number(const __u8 *window, __u32 at, __u32 length)
{
	__u64 number = 0;

	for (__u32 i = 0; i < length; i++)
		number = number << 8 | window[ss_window_index(at + i)];
	return number;
}

static SS_INLINE bool ss_http1_is_version(const __u8 *window, __u32 at)
{
	__u64 version = ss_http1_number(window, at, 8);
	__u32 minor = version & 0xff;

	return version >> 8 == 0x485454502f312e /* "HTTP/1." */ && minor >= '0' && minor <= '9';
}

/* Can a target begin so? RFC 9112 3.2: a path, "*", a URL, or CONNECT's host. */
static SS_INLINE bool ss_http1_begins_target(__u64 method, const __u8 *window, __u32 at, __u32 count)
{
	__u8 byte = window[ss_window_index(at)];
	__u32 letter = byte | 0x20U;
	__u64 scheme;

	if (method == SS_HTTP1_CONNECT)
		return (letter >= 'a' && letter <= 'z') || (byte >= '0' && byte <= '9') || byte == '[';
	if (byte == '/' || byte == '*')
		return true;
	scheme = ss_http1_number(window, at, 7) | 0x20202020202020; /* in lower case */
	return at + 7 <= count &&
	       (scheme == 0x687474703a2f2f /* http:// */ || scheme == 0x68747470733a2f /* https:/ */);
}

/*
 * A connection's first bytes to a server: a method and a space, and as much of a request line as is shown of it. Of other
 * lines that begin like that, "HTTP/1.x" at the end tells it, where that is shown. A URL must be shown up to its slashes.
 */
static inline bool ss_http1_looks_like_request(const __u8 *window, __u32 count)
{
	__u64 method = 0;
	__u32 at, byte;

	for (at = 0; at < 9 && at < count && window[at] != ' '; at++)
		method = method << 8 | window[at];
	if (at >= 9 || at >= count || !ss_http1_is_method(method))
		return false;
	at++;
	if (at < count && !ss_http1_begins_target(method, window, at, count))
		return false;
	if (at < count)
		at = ss_scan_shown_below(window, at, count, ' ');
	if (at >= count)
		return true;
	byte = window[ss_window_index(at)];
	return (byte == '\r' || byte == '\n') && at > 8 && ss_http1_is_version(window, at - 8);
}

/*
 * The first bytes of a method, cut before its end (a head that is sent letter by letter). That is little to go by; what is
 * something else is soon lost.
 */
static inline bool ss_http1_looks_like_part_of_method(const __u8 *window, __u32 count)
{
	__u32 letters = 0;

	for (__u32 i = 0; i < 7; i++)
		letters += i < count && window[i] >= 'A' && window[i] <= 'Z';
	return count && letters == count;
}

/* A connection's first bytes from a server, no fewer than "HTTP/1.x " has. */
static inline bool ss_http1_looks_like_response(const __u8 *window, __u32 count)
{
	return count >= 9 && ss_http1_is_version(window, 0) && window[8] == ' ';
}

#endif
