/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Which protocol is it, from the first bytes of a connection or of a request after idleness. Each detector is so strict
 * that HTTP, a TLS ClientHello and the protocols of the others do not pass it; what is too short to tell does not either.
 */
#ifndef SLOTSCOPE_LOGIC_FRAMING_DETECT_H
#define SLOTSCOPE_LOGIC_FRAMING_DETECT_H

#include "framing_bytes.h"

/* The byte at `index`, 0 where it was not shown. */
static __always_inline __u8 ss_shown(const __u8 *window, __u32 count, __u32 index)
{
	if (index >= count)
		return 0;
	return window[ss_window_index(index)];
}

/* The header of a TLS record: its type (RFC 8446 5.1, RFC 6520) and its version, TLS 1.0 to 1.3 and the highest seen. */
static __always_inline int ss_is_tls_record(const __u8 *window, __u32 count)
{
	return count >= 3 && window[0] >= 0x14 && window[0] <= 0x18 && window[1] == 3 && window[2] >= 1 &&
	       window[2] <= 4;
}

static __always_inline int ss_is_text(__u8 byte)
{
	return byte >= 0x20 && byte != 0x7f;
}

/* A BEGIN_REQUEST record with its body, or GET_VALUES. */
static inline int ss_fastcgi_looks_like_request(const __u8 *window, __u32 count)
{
	__u32 id;

	if (count < 8 || window[0] != 1)
		return 0;
	id = (__u32)window[2] << 8 | window[3];
	if (window[1] == 9)
		return !id && !window[7];
	if (window[1] != 1 || !id || window[4] || window[5] != 8)
		return 0;
	return count < 11 || (!window[8] && window[9] >= 1 && window[9] <= 3 && window[10] <= 1);
}

/* SSLRequest, GSSENCRequest, CancelRequest, or a start-up of version 3. */
static __always_inline int ss_postgresql_looks_like_startup(const __u8 *window, __u32 count)
{
	__u32 bytes, code;

	if (count < 8 || window[0] || window[1])
		return 0;
	bytes = (__u32)window[2] << 8 | window[3];
	code = (__u32)window[4] << 24 | (__u32)window[5] << 16 | (__u32)window[6] << 8 | window[7];
	if (code == 80877103U || code == 80877104U)
		return bytes == 8;
	if (code == 80877102U)
		return bytes >= 16 && bytes <= 300;
	return code >> 16 == 3 && bytes > 8 && bytes <= 10000 && (count == 8 || !window[8] || ss_is_letter(window[8]));
}

/* Whether a message of this type can be so long, and have such a first byte. */
static __always_inline int ss_postgresql_fits(__u8 type, __u32 bytes, __u8 first)
{
	switch (type) {
	case 'S':
		return bytes == 4;
	case 'Q':
		return bytes == 5 ? !first
				  : bytes > 5 && (first >= 0x20 || first == '\n' || first == '\r' || first == '\t');
	case 'D':
	case 'C':
		return bytes >= 6 && (first == 'S' || first == 'P');
	case 'P':
		return bytes >= 8 && (!first || ss_is_text(first));
	case 'B':
		return bytes >= 12 && (!first || ss_is_text(first));
	default: /* a call does not begin with others, or they are seldom */
		return 0;
	}
}

/*
 * A start-up message, or the first message of a call. The latter begins as a MySQL packet may: a length below 32 could be
 * its sequence number 0 and a command. Then the message's end is shown, and tells: a Query ends with NUL.
 */
static inline int ss_postgresql_looks_like_request(const __u8 *window, __u32 count)
{
	__u32 bytes;

	if (ss_postgresql_looks_like_startup(window, count))
		return 1;
	if (count < 5 || window[1])
		return 0;
	bytes = (__u32)window[2] << 16 | (__u32)window[3] << 8 | window[4];
	if (!ss_postgresql_fits(window[0], bytes, ss_shown(window, count, 5)) || (count == 5 && bytes != 4))
		return 0;
	if (count <= bytes && bytes <= 0x1f)
		return 0;
	if (window[0] == 'Q' && bytes < count && ss_shown(window, count, bytes))
		return 0;
	if (bytes + 2 < count && ss_shown(window, count, bytes + 2)) /* the next message's length begins with 0, too */
		return 0;
	return !window[2] || window[3] || window[4] > 0x1f;
}

/*
 * A command as clients send it, an array of bulk strings, as far as the first one's length. A command typed as a line
 * cannot be told from memcached's ("get a") and is not detected.
 */
static inline int ss_redis_looks_like_request(const __u8 *window, __u32 count)
{
	__u32 index = 1;

	if (count < 6 || window[0] != '*' || window[1] < '1' || window[1] > '9')
		return 0;
	while (index < 8 && ss_is_digit(ss_shown(window, count, index)))
		index++;
	if (ss_shown(window, count, index) != '\r' || ss_shown(window, count, index + 1) != '\n' ||
	    ss_shown(window, count, index + 2) != '$')
		return 0;
	return ss_is_digit(ss_shown(window, count, index + 3)) != 0;
}

/* The last eight letters of a name. */
#define SS_NAME(a, b, c, d, e, f, g, h)                                                                                \
	((__u64)(a) << 56 | (__u64)(b) << 48 | (__u64)(c) << 40 | (__u64)(d) << 32 | (__u64)(e) << 24 |                \
	 (__u64)(f) << 16 | (__u64)(g) << 8 | (h))

static __always_inline int ss_is_memcached_name(__u64 name)
{
	switch (name) {
	case SS_NAME(0, 0, 0, 0, 0, 'g', 'e', 't'):
	case SS_NAME(0, 0, 0, 0, 'g', 'e', 't', 's'):
	case SS_NAME(0, 0, 0, 0, 0, 's', 'e', 't'):
	case SS_NAME(0, 0, 0, 0, 0, 'a', 'd', 'd'):
	case SS_NAME(0, 0, 0, 0, 0, 'c', 'a', 's'):
	case SS_NAME(0, 'r', 'e', 'p', 'l', 'a', 'c', 'e'):
	case SS_NAME(0, 0, 'a', 'p', 'p', 'e', 'n', 'd'):
	case SS_NAME(0, 'p', 'r', 'e', 'p', 'e', 'n', 'd'):
	case SS_NAME(0, 0, 'd', 'e', 'l', 'e', 't', 'e'):
	case SS_NAME(0, 0, 0, 0, 'i', 'n', 'c', 'r'):
	case SS_NAME(0, 0, 0, 0, 'd', 'e', 'c', 'r'):
	case SS_NAME(0, 0, 0, 't', 'o', 'u', 'c', 'h'):
	case SS_NAME(0, 0, 0, 0, 0, 'g', 'a', 't'):
	case SS_NAME(0, 0, 0, 0, 'g', 'a', 't', 's'):
	case SS_NAME('l', 'u', 's', 'h', '_', 'a', 'l', 'l'):
	case SS_NAME(0, 'v', 'e', 'r', 's', 'i', 'o', 'n'):
	case SS_NAME(0, 0, 0, 's', 't', 'a', 't', 's'):
	case SS_NAME(0, 0, 0, 0, 0, 0, 'm', 'g'):
	case SS_NAME(0, 0, 0, 0, 0, 0, 'm', 's'):
	case SS_NAME(0, 0, 0, 0, 0, 0, 'm', 'd'):
	case SS_NAME(0, 0, 0, 0, 0, 0, 'm', 'n'):
	case SS_NAME(0, 0, 0, 0, 0, 0, 'm', 'e'):
	case SS_NAME(0, 0, 0, 0, 0, 0, 'm', 'a'):
		return 1;
	default:
		return 0;
	}
}

/* One of memcached's commands in small letters, with text behind it. HTTP's methods are capitals. */
static inline int ss_memcached_looks_like_request(const __u8 *window, __u32 count)
{
	__u64 name = 0;
	__u32 index = 0;

	while (index < 10 && (ss_is_letter(ss_shown(window, count, index)) || ss_shown(window, count, index) == '_')) {
		name = name << 8 | ss_shown(window, count, index);
		index++;
	}
	if (!ss_is_memcached_name(name))
		return 0;
	if (ss_shown(window, count, index) == '\r' || ss_shown(window, count, index) == '\n')
		return name == SS_NAME(0, 'v', 'e', 'r', 's', 'i', 'o', 'n') ||
		       name == SS_NAME(0, 0, 0, 's', 't', 'a', 't', 's') ||
		       name == SS_NAME(0, 0, 0, 0, 0, 0, 'm', 'n') ||
		       name == SS_NAME('l', 'u', 's', 'h', '_', 'a', 'l', 'l');
	return ss_shown(window, count, index) == ' ' && ss_shown(window, count, index + 1) > ' ';
}

/* The server's greeting: protocol 10 and a version in digits, or an error in its place ("Too many connections"). */
static inline int ss_mysql_looks_like_greeting(const __u8 *window, __u32 count)
{
	if (count < 7 || window[2] || window[3])
		return 0;
	if (window[4] == 10)
		return window[0] >= 32 && ss_is_digit(window[5]) && (ss_is_digit(window[6]) || window[6] == '.');
	return window[4] == 0xff && window[0] > 4 && window[6] >= 3 && window[6] <= 16; /* codes from 1000 on */
}

/*
 * A command of a connection whose greeting was not seen: COM_QUERY or COM_STMT_PREPARE with text, or COM_PING. A client's
 * first bytes of all are those of the handshake and say little: the greeting tells.
 */
static inline int ss_mysql_looks_like_request(const __u8 *window, __u32 count)
{
	__u32 bytes;

	if (count < 5 || window[3] || ss_postgresql_looks_like_request(window, count))
		return 0;
	if (ss_is_tls_record(window,
			     count)) /* of application data, of which it cannot be told from a COM_STMT_PREPARE */
		return 0;
	bytes = (__u32)window[2] << 16 | (__u32)window[1] << 8 | window[0];
	/* A client writes a command at once, and waits for the answer. */
	if (bytes + 4 < count || (count < SS_WINDOW && bytes + 4 != count))
		return 0;
	if (window[4] == 0x0e)
		return bytes == 1;
	return (window[4] == 0x03 || window[4] == 0x16) && bytes > 2 && count > 6 && ss_is_text(window[5]) &&
	       ss_is_text(window[6]);
}

#endif
