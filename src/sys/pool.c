#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

struct pool {
	unsigned n_threads; /* with the caller's */
	pthread_t *threads; /* n_threads - 1 */
	pthread_mutex_t mutex;
	pthread_cond_t begun, ended;

	/* Of the job that runs; all guarded by mutex. */
	void (*task)(void *context, size_t i);
	void *context;
	size_t n_tasks;
	size_t next;   /* the first that nobody has taken */
	size_t n_left; /* those that have not ended */
	bool is_busy;
	bool is_closing;
};

/* Takes tasks as long as there are any. The mutex is held before and after, not during a task. */
static void work(struct pool *pool)
{
	while (pool->next < pool->n_tasks) {
		const size_t i = pool->next++;
		void (*const task)(void *, size_t) = pool->task;
		void *const context = pool->context;

		pthread_mutex_unlock(&pool->mutex);
		task(context, i);
		pthread_mutex_lock(&pool->mutex);
		if (--pool->n_left == 0)
			pthread_cond_signal(&pool->ended);
	}
}

static void *worker(void *cookie)
{
	struct pool *pool = cookie;

	pthread_mutex_lock(&pool->mutex);
	while (!pool->is_closing) {
		work(pool);
		if (!pool->is_closing)
			pthread_cond_wait(&pool->begun, &pool->mutex);
	}
	pthread_mutex_unlock(&pool->mutex);
	return NULL;
}

static void run(void *cookie, void (*task)(void *context, size_t i), void *context, size_t n_tasks)
{
	struct pool *pool = cookie;

	pthread_mutex_lock(&pool->mutex);
	if (pool->is_busy) {
		pthread_mutex_unlock(&pool->mutex);
		for (size_t i = 0; i < n_tasks; i++)
			task(context, i);
		return;
	}
	pool->is_busy = true;
	pool->task = task;
	pool->context = context;
	pool->n_tasks = n_tasks;
	pool->next = 0;
	pool->n_left = n_tasks;
	pthread_cond_broadcast(&pool->begun);
	work(pool);
	while (pool->n_left > 0)
		pthread_cond_wait(&pool->ended, &pool->mutex);
	pool->is_busy = false;
	pthread_mutex_unlock(&pool->mutex);
}

unsigned pool_processors(void)
{
	cpu_set_t set;
	long n;

	if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
		n = CPU_COUNT(&set);
	else
		n = sysconf(_SC_NPROCESSORS_ONLN);
	if (n < 1)
		return 1;
	return n < POOL_THREADS_MAX ? (unsigned)n : POOL_THREADS_MAX;
}

struct pool *pool_open(unsigned n_threads)
{
	struct pool *pool = calloc(1, sizeof *pool);
	const unsigned wanted = n_threads == 0 ? pool_processors() : n_threads;
	sigset_t all, before;

	if (!pool)
		return NULL;
	pool->n_threads = 1;
	pool->threads = calloc(wanted, sizeof *pool->threads);
	if (!pool->threads) {
		free(pool);
		return NULL;
	}
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->begun, NULL);
	pthread_cond_init(&pool->ended, NULL);
	/* Signals are for the thread that holds the command's files and terminal. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (pool->n_threads < wanted &&
	       pthread_create(&pool->threads[pool->n_threads - 1], NULL, worker, pool) == 0)
		pool->n_threads++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pool;
}

void pool_close(struct pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->mutex);
	pool->is_closing = true;
	pthread_cond_broadcast(&pool->begun);
	pthread_mutex_unlock(&pool->mutex);
	for (unsigned i = 0; i + 1 < pool->n_threads; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->ended);
	pthread_cond_destroy(&pool->begun);
	pthread_mutex_destroy(&pool->mutex);
	free(pool->threads);
	free(pool);
}

struct parallel pool_parallel(struct pool *pool)
{
	return pool ? (struct parallel){pool->n_threads, run, pool}
		    : (struct parallel){.n_threads = 1};
}

struct undersign_parallel pool_public(struct pool *pool)
{
	return pool ? (struct undersign_parallel){pool->n_threads, run, pool}
		    : (struct undersign_parallel){.n_threads = 1};
}
