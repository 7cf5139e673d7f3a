import { a } from '#pure/x/a.js';
console.log(a, process.version);
