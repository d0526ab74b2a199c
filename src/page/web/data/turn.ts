/**
 * Lets tasks run that wait, such as the start of a worker and the first drawing of the page. `await` alone does not: what
 * follows it comes before them. Timers would wait for 4 milliseconds.
 */
export function turn(): Promise<void> {
    return new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
            port1.close();
            done();
        };
        port2.postMessage(null);
    });
}
