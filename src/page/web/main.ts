// The only script of the page. In a document it starts the page; in a worker, which has none, it draws pictures.
import { startApp } from "./app";
import { startPictureWorker } from "./draw/picture_worker";

if (typeof document === "undefined") startPictureWorker(self as unknown as Parameters<typeof startPictureWorker>[0]);
else startApp();
