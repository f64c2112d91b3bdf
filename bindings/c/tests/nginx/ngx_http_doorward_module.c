/*
 * Protects locations of nginx: a proof that the C interface fits a server which forks. It is as small as that can be done.
 *
 *     doorward PATH API;    in a location: a configuration, and the name of an API in it
 *     $doorward_name        the qualified name of who was let in
 *
 * A request that is pending gets 503 at once, for nothing may block in a worker. A module for real use would call
 * doorward_verifier_resolve from a thread pool.
 */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <doorward.h>


/* A configuration file. Locations that name the same one share its verifier. */
typedef struct {
    ngx_str_t                 path;
    struct doorward_verifier *verifier;
} ngx_http_doorward_file_t;

typedef struct {
    ngx_array_t              files;
    /* Of this worker, which handles one event at a time: a verdict is never asked between two of its uses. */
    struct doorward_verdict *verdict;
} ngx_http_doorward_main_conf_t;

typedef struct {
    const struct doorward_verifier *verifier;
    ngx_str_t                       api;
} ngx_http_doorward_loc_conf_t;

extern ngx_module_t  ngx_http_doorward_module;


static void
ngx_http_doorward_free_verifier(void *verifier)
{
    doorward_verifier_free(verifier);
}


static void
ngx_http_doorward_free_verdict(void *verdict)
{
    (void) doorward_log_set(NULL, NULL, 0);
    doorward_verdict_free(verdict);
}


/* Mostly on the library's thread. nginx's own threads write its log in the same way. */
static void
ngx_http_doorward_log(void *log, uint32_t level, const char *message, size_t len)
{
    static const ngx_uint_t  levels[] = { NGX_LOG_ERR, NGX_LOG_ERR, NGX_LOG_WARN, NGX_LOG_NOTICE, NGX_LOG_INFO };

    ngx_log_error(levels[level], (ngx_log_t *) log, 0, "doorward: %*s", len, message);
}


static char *
ngx_http_doorward_open(ngx_conf_t *cf, ngx_http_doorward_file_t *file)
{
    char                 error[1024];
    ngx_pool_cleanup_t  *cleanup;

    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    if (cleanup == NULL) {
        return NGX_CONF_ERROR;
    }

    if (doorward_verifier_open_file(file->path.data, file->path.len, 0, &file->verifier, error, sizeof(error), NULL)
        != DOORWARD_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: %s", error);
        return NGX_CONF_ERROR;
    }

    cleanup->handler = ngx_http_doorward_free_verifier;
    cleanup->data = file->verifier;
    return NGX_CONF_OK;
}


static ngx_http_doorward_file_t *
ngx_http_doorward_find(ngx_array_t *files, ngx_str_t *path)
{
    ngx_uint_t                 i;
    ngx_http_doorward_file_t  *file = files->elts;

    for (i = 0; i < files->nelts; i++) {
        if (file[i].path.len == path->len && ngx_memcmp(file[i].path.data, path->data, path->len) == 0) {
            return &file[i];
        }
    }

    return NULL;
}


static char *
ngx_http_doorward(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                      *value = cf->args->elts;
    ngx_http_doorward_file_t       *file;
    ngx_http_doorward_loc_conf_t   *location = conf;
    ngx_http_doorward_main_conf_t  *main;

    if (location->verifier != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    if (doorward_abi_version() != DOORWARD_ABI_VERSION) {
        return "was built for another version of libdoorward";
    }

    if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    main = ngx_http_conf_get_module_main_conf(cf, ngx_http_doorward_module);
    file = ngx_http_doorward_find(&main->files, &value[1]);

    if (file == NULL) {
        file = ngx_array_push(&main->files);
        if (file == NULL) {
            return NGX_CONF_ERROR;
        }

        file->path = value[1];
        if (ngx_http_doorward_open(cf, file) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    if (!doorward_verifier_has_api(file->verifier, value[2].data, value[2].len)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "doorward: %V: there is no API \"%V\"", &value[1], &value[2]);
        return NGX_CONF_ERROR;
    }

    location->verifier = file->verifier;
    location->api = value[2];
    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_doorward_add_header(ngx_http_request_t *r, const char *name, ngx_str_t value)
{
    ngx_table_elt_t  *header = ngx_list_push(&r->headers_out.headers);

    if (header == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(header, sizeof(*header));
    header->hash = 1;
    header->key.data = (u_char *) name;
    header->key.len = ngx_strlen(name);
    header->value = value;
    return NGX_OK;
}


/* A verdict's text lives until the verdict is used again, and nginx may send or read it later. */
static ngx_int_t
ngx_http_doorward_copy(ngx_http_request_t *r, struct doorward_str text, ngx_str_t *copy)
{
    copy->len = text.len;
    copy->data = ngx_pnalloc(r->pool, text.len);
    if (copy->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(copy->data, text.data, text.len);
    return NGX_OK;
}


static ngx_int_t
ngx_http_doorward_accept(ngx_http_request_t *r, const struct doorward_verdict *verdict)
{
    ngx_str_t  *name = ngx_palloc(r->pool, sizeof(*name));

    if (name == NULL
        || ngx_http_doorward_copy(r, doorward_verdict_qualified_name(verdict), name) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_set_ctx(r, name, ngx_http_doorward_module);
    return NGX_OK;
}


static ngx_int_t
ngx_http_doorward_refuse(ngx_http_request_t *r, ngx_int_t http, uint32_t seconds, struct doorward_str challenge)
{
    ngx_str_t  value;

    if (challenge.len > 0
        && (ngx_http_doorward_copy(r, challenge, &value) != NGX_OK
            || ngx_http_doorward_add_header(r, "WWW-Authenticate", value) != NGX_OK))
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (seconds > 0) {
        value.data = ngx_pnalloc(r->pool, NGX_INT32_LEN);
        if (value.data == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        value.len = ngx_sprintf(value.data, "%uD", seconds) - value.data;
        if (ngx_http_doorward_add_header(r, "Retry-After", value) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return http;
}


/* nginx refuses a second Authorization header by itself, but that is not what a module should rely on. */
static void
ngx_http_doorward_read_authorization(ngx_http_request_t *r, struct doorward_request *request)
{
    static const char  name[] = "authorization";

    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (header[i].key.len == sizeof(name) - 1
                && ngx_memcmp(header[i].lowcase_key, name, sizeof(name) - 1) == 0)
            {
                request->authorization = header[i].value.data;
                request->authorization_len = header[i].value.len;
                request->authorization_count++;
            }
        }
    }
}


static ngx_int_t
ngx_http_doorward_handler(ngx_http_request_t *r)
{
    doorward_status                 status;
    struct doorward_str             message;
    struct doorward_request         request;
    struct doorward_verdict        *verdict;
    ngx_http_doorward_loc_conf_t   *location;
    ngx_http_doorward_main_conf_t  *main;

    location = ngx_http_get_module_loc_conf(r, ngx_http_doorward_module);
    if (location->verifier == NULL) {
        return NGX_DECLINED;
    }

    main = ngx_http_get_module_main_conf(r, ngx_http_doorward_module);
    verdict = main->verdict;

    ngx_memzero(&request, sizeof(request));
    request.struct_size = sizeof(request);
    request.api = location->api.data;
    request.api_len = location->api.len;
    request.peer = r->connection->addr_text.data;
    request.peer_len = r->connection->addr_text.len;
    ngx_http_doorward_read_authorization(r, &request);

    status = doorward_verifier_verify(location->verifier, &request, verdict);
    if (status == DOORWARD_OK) {
        return ngx_http_doorward_accept(r, verdict);
    }

    message = doorward_status_message(status);
    ngx_log_error(NGX_LOG_INFO, r->connection->log, 0, "doorward: %uD %*s", status, message.len, message.data);

    return ngx_http_doorward_refuse(r, doorward_verdict_http(verdict), doorward_verdict_retry_after(verdict),
                                    doorward_verdict_challenge(verdict));
}


static ngx_int_t
ngx_http_doorward_name(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t  *name = ngx_http_get_module_ctx(r, ngx_http_doorward_module);

    if (name == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->len = name->len;
    v->data = name->data;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    return NGX_OK;
}


static ngx_int_t
ngx_http_doorward_add_variable(ngx_conf_t *cf)
{
    static ngx_str_t  name = ngx_string("doorward_name");

    ngx_http_variable_t  *variable = ngx_http_add_variable(cf, &name, NGX_HTTP_VAR_NOCACHEABLE);

    if (variable == NULL) {
        return NGX_ERROR;
    }

    variable->get_handler = ngx_http_doorward_name;
    return NGX_OK;
}


static ngx_int_t
ngx_http_doorward_add_handler(ngx_conf_t *cf)
{
    ngx_http_core_main_conf_t  *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    ngx_http_handler_pt        *handler = ngx_array_push(&core->phases[NGX_HTTP_ACCESS_PHASE].handlers);

    if (handler == NULL) {
        return NGX_ERROR;
    }

    *handler = ngx_http_doorward_handler;
    return NGX_OK;
}


static void *
ngx_http_doorward_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_doorward_main_conf_t  *main = ngx_pcalloc(cf->pool, sizeof(*main));

    if (main == NULL || ngx_array_init(&main->files, cf->pool, 1, sizeof(ngx_http_doorward_file_t)) != NGX_OK) {
        return NULL;
    }

    return main;
}


static void *
ngx_http_doorward_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_doorward_loc_conf_t  *location = ngx_pcalloc(cf->pool, sizeof(*location));

    if (location == NULL) {
        return NULL;
    }

    location->verifier = NGX_CONF_UNSET_PTR;
    return location;
}


/* What stands in a protected location is protected too. */
static char *
ngx_http_doorward_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_doorward_loc_conf_t  *outer = parent;
    ngx_http_doorward_loc_conf_t  *inner = child;

    ngx_conf_merge_ptr_value(inner->verifier, outer->verifier, NULL);
    ngx_conf_merge_str_value(inner->api, outer->api, "");
    return NGX_CONF_OK;
}


/* Runs after the fork: threads that were started before it would be missing here. */
static ngx_int_t
ngx_http_doorward_init_process(ngx_cycle_t *cycle)
{
    ngx_uint_t                      i;
    ngx_pool_cleanup_t             *cleanup;
    ngx_http_doorward_file_t       *file;
    ngx_http_doorward_main_conf_t  *main = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_doorward_module);

    /* Without an http block there is nothing to protect, and the manager of a cache serves no requests. */
    if (main == NULL || ngx_process == NGX_PROCESS_HELPER) {
        return NGX_OK;
    }

    cleanup = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cleanup == NULL || doorward_verdict_new(&main->verdict) != DOORWARD_OK) {
        return NGX_ERROR;
    }

    cleanup->handler = ngx_http_doorward_free_verdict;
    cleanup->data = main->verdict;

    if (doorward_log_set(ngx_http_doorward_log, cycle->log, DOORWARD_LOG_INFO) != DOORWARD_OK) {
        return NGX_ERROR;
    }

    file = main->files.elts;
    for (i = 0; i < main->files.nelts; i++) {
        if (doorward_verifier_start(file[i].verifier) != DOORWARD_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_command_t  ngx_http_doorward_commands[] = {

    { ngx_string("doorward"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE2,
      ngx_http_doorward,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_doorward_module_ctx = {
    ngx_http_doorward_add_variable,        /* preconfiguration */
    ngx_http_doorward_add_handler,         /* postconfiguration */
    ngx_http_doorward_create_main_conf,    /* create main configuration */
    NULL,                                  /* init main configuration */
    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */
    ngx_http_doorward_create_loc_conf,     /* create location configuration */
    ngx_http_doorward_merge_loc_conf       /* merge location configuration */
};


ngx_module_t  ngx_http_doorward_module = {
    NGX_MODULE_V1,
    &ngx_http_doorward_module_ctx,         /* module context */
    ngx_http_doorward_commands,            /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_doorward_init_process,        /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};
