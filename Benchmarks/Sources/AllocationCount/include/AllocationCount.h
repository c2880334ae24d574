#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

/// How often this program has asked for memory, or -1 where that cannot be counted.
long allocation_count(void);

#endif
