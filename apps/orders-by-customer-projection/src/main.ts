/** Consumer group `orders-by-customer-projection`: keeps read_model.orders_by_customer in step with the order events. */
import { runProjection } from '@millrace/consumer';
import { orderEvents } from '@millrace/contracts/orders';
import { ordersByCustomer } from '@millrace/orders-read-models';

await runProjection({ projection: ordersByCustomer, catalogue: orderEvents }, process.env);
