/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Walks the header blocks of a client (HPACK, RFC 7541) for :method and :path, byte by byte, wherever they are cut, and
 * without reading Huffman's code. No kernel in here, as in the framers.
 *
 * A block that refers to the dynamic table counts its entries from the newest one. So they are numbered here in the order
 * in which they were put there; which of them were thrown out since need not be known, for no client refers to those.
 * Where an entry is not remembered, or a block is not understood, there is no name: never a wrong one.
 */
#ifndef SLOTSCOPE_LOGIC_HPACK_H
#define SLOTSCOPE_LOGIC_HPACK_H

#include "../core/hpack_state.h"
#include "framing_bytes.h"

enum ss_hpack_state {
	SS_HPACK_FIELD = 0, /* the first byte of a field */
	SS_HPACK_LENGTH,    /* the first byte of a string's length */
	SS_HPACK_INTEGER,   /* what an integer has beyond its first byte */
	SS_HPACK_STRING,
};

enum ss_hpack_integer {
	SS_HPACK_INDEX = 0,    /* of a field that stands in a table */
	SS_HPACK_NAME_INDEX,   /* of a field whose name stands in a table, 0: it follows */
	SS_HPACK_UPDATE,       /* of the dynamic table's size */
	SS_HPACK_NAME_LENGTH,  /* of a name, and the name */
	SS_HPACK_VALUE_LENGTH, /* of a value, and the value */
};

/* Entries of the static table (RFC 7541, appendix A). */
#define SS_HPACK_STATIC       61
#define SS_HPACK_STATIC_GET   2
#define SS_HPACK_STATIC_POST  3
#define SS_HPACK_STATIC_ROOT  4
#define SS_HPACK_STATIC_INDEX 5

#define SS_HPACK_MOST_SHIFT 21 /* integers of up to 28 bits beyond the first byte: no header is longer */

/* The request's block is over, or another connection begins: nothing of it is left for the next one. */
static SS_INLINE void ss_hpack_forget_name(struct ss_hpack *hpack)
{
	hpack->name.method_size = 0;
	hpack->name.path_size = 0;
}

static SS_INLINE void ss_hpack_begins(struct ss_hpack *hpack)
{
	hpack->first = hpack->inserted;
	hpack->state = SS_HPACK_FIELD;
	hpack->broken = 0;
	ss_hpack_forget_name(hpack);
}

/* Where an entry is kept that a block refers to; SS_HPACK_KEPT: nowhere. There is none: bytes were misread. */
static SS_INLINE __u32 ss_hpack_kept(struct ss_hpack *hpack, __u32 index)
{
	__u64 back = index - SS_HPACK_STATIC; /* 1: the newest */
	__u64 number = hpack->inserted - back;
	__u32 place;

	if (back > hpack->inserted - hpack->first) {
		hpack->broken = 1;
		return SS_HPACK_KEPT;
	}
	place = hpack->place[number & (SS_HPACK_SPAN - 1)];
	if (!place)
		return SS_HPACK_KEPT;
	place = (place - 1) & (SS_HPACK_KEPT - 1);
	return hpack->number[place] == number ? place : SS_HPACK_KEPT;
}

static SS_INLINE void ss_hpack_copy(__u8 *to, const __u8 *from)
{
	__builtin_memcpy(__builtin_assume_aligned(to, 8), __builtin_assume_aligned(from, 8), SS_HTTP2_PATH);
}

/* The request has this field. */
static SS_INLINE void ss_hpack_names(struct ss_hpack *hpack, const struct ss_hpack_value *value)
{
	if (value->field == SS_HPACK_PATH) {
		hpack->name.path_size = value->size;
		hpack->name.path_flags = value->flags;
		ss_hpack_copy(hpack->name.path, value->bytes);
	} else if (value->field == SS_HPACK_METHOD) {
		hpack->name.method_size = value->flags & SS_HTTP2_CUT ? 0 : value->size;
		hpack->name.method_flags = value->flags;
		__builtin_memcpy(hpack->name.method, value->bytes, SS_HTTP2_METHOD);
	}
}

static SS_INLINE void ss_hpack_indexed(struct ss_hpack *hpack, __u32 index)
{
	__u32 place;

	hpack->state = SS_HPACK_FIELD;
	if (!index) {
		hpack->broken = 1;
	} else if (index == SS_HPACK_STATIC_GET || index == SS_HPACK_STATIC_POST) {
		hpack->name.method_size = (__u8)index;
		hpack->name.method_flags = SS_HTTP2_STATIC;
	} else if (index == SS_HPACK_STATIC_ROOT || index == SS_HPACK_STATIC_INDEX) {
		hpack->name.path_size = (__u8)index;
		hpack->name.path_flags = SS_HTTP2_STATIC;
	} else if (index > SS_HPACK_STATIC) {
		place = ss_hpack_kept(hpack, index);
		if (place < SS_HPACK_KEPT)
			ss_hpack_names(hpack, &hpack->kept[place & (SS_HPACK_KEPT - 1)]);
	}
}

/* Which field has this entry's name? */
static SS_INLINE __u8 ss_hpack_field_at(struct ss_hpack *hpack, __u32 index)
{
	__u32 place;

	if (index == SS_HPACK_STATIC_GET || index == SS_HPACK_STATIC_POST)
		return SS_HPACK_METHOD;
	if (index == SS_HPACK_STATIC_ROOT || index == SS_HPACK_STATIC_INDEX)
		return SS_HPACK_PATH;
	if (index <= SS_HPACK_STATIC)
		return SS_HPACK_OTHER;
	place = ss_hpack_kept(hpack, index);
	if (place >= SS_HPACK_KEPT)
		return SS_HPACK_OTHER;
	return hpack->kept[place & (SS_HPACK_KEPT - 1)].field;
}

/* The field that was read is put into the dynamic table. */
static SS_INLINE void ss_hpack_insert(struct ss_hpack *hpack)
{
	__u64 number = hpack->inserted++;
	__u32 place = hpack->next & (SS_HPACK_KEPT - 1);

	if (hpack->value.field == SS_HPACK_OTHER)
		return;
	hpack->next++;
	hpack->number[place] = number;
	hpack->kept[place].size = hpack->value.size;
	hpack->kept[place].flags = hpack->value.flags;
	hpack->kept[place].field = hpack->value.field;
	ss_hpack_copy(hpack->kept[place].bytes, hpack->value.bytes);
	hpack->place[number & (SS_HPACK_SPAN - 1)] = (__u8)(place + 1);
}

static SS_INLINE void ss_hpack_value_ends(struct ss_hpack *hpack)
{
	hpack->state = SS_HPACK_FIELD;
	if (hpack->value.field == SS_HPACK_METHOD && hpack->value.size > SS_HTTP2_METHOD)
		hpack->value.flags |= SS_HTTP2_CUT;
	if (hpack->adds)
		ss_hpack_insert(hpack);
	ss_hpack_names(hpack, &hpack->value);
}

static SS_INLINE void ss_hpack_length(struct ss_hpack *hpack, __u8 of)
{
	hpack->reading = of;
	hpack->state = SS_HPACK_LENGTH;
}

static SS_INLINE void ss_hpack_string_ends(struct ss_hpack *hpack)
{
	if (hpack->reading == SS_HPACK_NAME_LENGTH)
		ss_hpack_length(hpack, SS_HPACK_VALUE_LENGTH);
	else
		ss_hpack_value_ends(hpack);
}

/* A string of hpack->integer bytes begins; `hpack->value.flags` has how it is written. */
static SS_INLINE void ss_hpack_string(struct ss_hpack *hpack)
{
	hpack->left = hpack->integer;
	hpack->value.size = 0;
	hpack->state = SS_HPACK_STRING;
	if (hpack->left)
		return;
	if (hpack->reading == SS_HPACK_NAME_LENGTH)
		hpack->broken = 1; /* no field is without a name; and what could not be read is shown as zeroes */
	else
		ss_hpack_value_ends(hpack);
}

/* The integer is complete. */
static SS_INLINE void ss_hpack_number(struct ss_hpack *hpack)
{
	switch (hpack->reading) {
	case SS_HPACK_INDEX:
		ss_hpack_indexed(hpack, hpack->integer);
		break;
	case SS_HPACK_NAME_INDEX:
		hpack->value.field = ss_hpack_field_at(hpack, hpack->integer);
		ss_hpack_length(hpack, hpack->integer ? SS_HPACK_VALUE_LENGTH : SS_HPACK_NAME_LENGTH);
		break;
	case SS_HPACK_UPDATE:
		hpack->state = SS_HPACK_FIELD;
		break;
	default:
		ss_hpack_string(hpack);
		break;
	}
}

/* The first byte of a field: how many of its bits are an integer? */
static SS_INLINE __u32 ss_hpack_field_mask(struct ss_hpack *hpack, __u8 byte)
{
	hpack->adds = (byte & 0xc0) == 0x40;
	if (byte & 0x80) {
		hpack->reading = SS_HPACK_INDEX;
		return 0x7f;
	}
	hpack->reading = (byte & 0xe0) == 0x20 ? SS_HPACK_UPDATE : SS_HPACK_NAME_INDEX;
	return byte & 0x40 ? 0x3f : byte & 0x20 ? 0x1f : 0x0f;
}

/* The first byte of an integer. True: it is complete. */
static SS_INLINE bool ss_hpack_integer_begins(struct ss_hpack *hpack, __u8 byte)
{
	__u32 mask = 0x7f;

	if (hpack->state == SS_HPACK_FIELD)
		mask = ss_hpack_field_mask(hpack, byte);
	else
		hpack->value.flags = byte & 0x80 ? SS_HTTP2_HUFFMAN : 0;
	hpack->integer = byte & mask;
	hpack->shift = 0;
	hpack->state = SS_HPACK_INTEGER;
	return hpack->integer != mask;
}

static SS_INLINE bool ss_hpack_integer_goes_on(struct ss_hpack *hpack, __u8 byte)
{
	hpack->integer += (__u32)(byte & 0x7f) << (hpack->shift & 31);
	hpack->shift += 7;
	if (!(byte & 0x80))
		return true;
	if (hpack->shift > SS_HPACK_MOST_SHIFT)
		hpack->broken = 1;
	return false;
}

/* A byte of a string, of which at most `most` are kept. */
static SS_INLINE void ss_hpack_string_byte(struct ss_hpack *hpack, __u8 byte, __u32 most)
{
	struct ss_hpack_value *value = &hpack->value;
	__u32 at = value->size;

	ss_opaque(at);
	if (hpack->reading == SS_HPACK_VALUE_LENGTH && value->field != SS_HPACK_OTHER) {
		if (at < most && at < SS_HTTP2_PATH) {
			value->bytes[at] = byte;
			value->size++;
		} else {
			value->flags |= SS_HTTP2_CUT;
		}
	}
	hpack->left--;
	if (!hpack->left)
		ss_hpack_string_ends(hpack);
}

/* Reads a byte of a block. */
static SS_INLINE void ss_hpack_byte(struct ss_hpack *hpack, __u8 byte, __u32 most)
{
	bool complete;

	if (hpack->state == SS_HPACK_STRING) {
		ss_hpack_string_byte(hpack, byte, most);
		return;
	}
	complete = hpack->state == SS_HPACK_INTEGER ? ss_hpack_integer_goes_on(hpack, byte)
						    : ss_hpack_integer_begins(hpack, byte);
	if (complete)
		ss_hpack_number(hpack);
}

static SS_INLINE bool ss_hpack_byte_is_last(struct ss_hpack *hpack, const __u8 *window, __u32 index, __u32 count,
					    __u32 most)
{
	ss_settle();
	if (index >= count || hpack->broken)
		return true;
	ss_hpack_byte(hpack, window[ss_window_index(index)], most);
	return false;
}

/* Reads the `count` bytes of a window, of a block that goes on. `most` bytes of a path are kept at most. */
static SS_INLINE void ss_hpack_bytes(struct ss_hpack *hpack, const __u8 *window, __u32 count, __u32 most)
{
	__u32 index;

	ss_rounds(index, SS_WINDOW, ss_hpack_byte_is_last(hpack, window, index, count, most));
}

/* The block is over. True: it has named its request, and hpack->name has how; to be forgotten then. */
static SS_INLINE bool ss_hpack_ends(struct ss_hpack *hpack)
{
	if (hpack->state != SS_HPACK_FIELD)
		hpack->broken = 1;
	return !hpack->broken && hpack->name.method_size && hpack->name.path_size;
}

#endif
