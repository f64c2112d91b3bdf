// An application with a mount for each API, the longest first, as connect asks for them in turn.
const connect = require('connect');
const [port, ...apis] = process.argv.slice(1);
const app = connect();
for (const [path, name] of apis.map((api) => api.split('=')).sort(([a], [b]) => b.length - a.length)) {
    app.use(path, (request, response) => {
        response.setHeader('X-Api', name);
        response.end();
    });
}
require('http').createServer(app).listen(Number(port), '127.0.0.1');
